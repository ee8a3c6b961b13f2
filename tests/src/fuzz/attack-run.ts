import { type Attack, run } from "./attack.js";
import { frameAttack, httpAttack } from "./http-attacks.js";
import { SeededRandom } from "./seeded-random.js";
import { WampAttacks } from "./wamp-attacks.js";

export interface AttackRunOptions {
  readonly port: number;
  readonly seed: number;
  readonly attacks: number;
  /** How many connections attack at the same time. */
  readonly concurrency: number;
}

/** Runs attacks that follow from the seed. @returns how many messages they sent, valid or not. */
export async function runAttacks({ port, seed, attacks, concurrency }: AttackRunOptions): Promise<number> {
  const random = new SeededRandom(seed);
  const wamp = new WampAttacks(seed);
  const wampAttack = (): Attack => wamp.next(random);
  const kinds = [httpAttack, frameAttack, wampAttack, wampAttack, wampAttack, wampAttack];
  let started = 0;
  let messages = 0;
  const attacker = async (): Promise<void> => {
    while (started < attacks) {
      started++;
      const attack = random.pick(kinds)(random);
      messages += attack.frames;
      await run(attack, port);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, attacker));
  return messages;
}
