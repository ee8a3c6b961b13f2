import { type Attack, run } from "./attack.js";
import { Dice } from "./seeded-random.js";
import { frameAttack, httpAttack } from "./http-attacks.js";
import { Arsenal } from "./wamp-attacks.js";

export interface SiegeOptions {
  readonly port: number;
  readonly seed: number;
  readonly attacks: number;
  /** Connections at one time. */
  readonly atOnce: number;
  /** On a slow machine fewer attacks have to do. */
  readonly mostMs: number;
}

/** How much there was of it. */
export interface SiegeReport {
  readonly attacks: number;
  /** Messages that were sent, right or wrong. */
  readonly frames: number;
}

/** Runs one attack after the other, some at a time. */
export async function siege({ port, seed, attacks, atOnce, mostMs }: SiegeOptions): Promise<SiegeReport> {
  const dice = new Dice(seed);
  const arsenal = new Arsenal(seed);
  const wampAttack = (): Attack => arsenal.attack(dice);
  const kinds = [httpAttack, frameAttack, wampAttack, wampAttack, wampAttack, wampAttack];
  const end = performance.now() + mostMs;
  const done = { attacks: 0, frames: 0 };
  const attacker = async (): Promise<void> => {
    while (done.attacks < attacks && performance.now() < end) {
      const attack = dice.pick(kinds)(dice);
      done.attacks++;
      done.frames += attack.frames;
      await run(attack, port);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, attacker));
  return done;
}
