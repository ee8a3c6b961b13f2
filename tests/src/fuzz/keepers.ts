import { type Id, type Message, MessageType as M } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { checkSame, WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { type FuzzedRouter, KEEPER, KEEPER_URI } from "./fuzzed-router.js";
import type { SeededRandom } from "./seeded-random.js";

const PROCEDURE = `${KEEPER_URI}echo`;
/** In turns of the event loop, which a busy process makes many of. */
const WAIT = { turns: 200_000 };

/** Two well-behaved clients: one calls the other all the time, and between two calls kills some other session. */
export class Keepers {
  readonly #work: Promise<number>;
  readonly #sessions: readonly WireSession[];
  #stopping = false;
  kills = 0;

  static async start(router: FuzzedRouter, random: SeededRandom): Promise<Keepers> {
    const [callee, caller] = [new WireSession(WAIT), new WireSession(WAIT)];
    for (const session of [callee, caller]) {
      await connectWebSocket(router.url, session, { codecs: [cbor], clock: router.clock, keepAlive: false });
      await session.join("realm1", { authmethods: [KEEPER] });
    }
    await callee.register(PROCEDURE);
    return new Keepers(callee, caller, random);
  }

  private constructor(callee: WireSession, caller: WireSession, random: SeededRandom) {
    this.#sessions = [callee, caller];
    this.#work = this.#callAndKill(callee, caller, random);
    // `stop` reports a failure.
    this.#work.catch(() => {});
  }

  /** Disconnects them. @returns how many calls were answered. Rejects when one was not. */
  async stop(): Promise<number> {
    this.#stopping = true;
    const calls = await this.#work;
    for (const session of this.#sessions) await session.leave();
    for (const session of this.#sessions) session.disconnect();
    return calls;
  }

  async #callAndKill(callee: WireSession, caller: WireSession, random: SeededRandom): Promise<number> {
    let calls = 0;
    for (; !this.#stopping; calls++) {
      caller.sendCall(PROCEDURE, { args: [calls] });
      const { request, payload } = await callee.expect(M.INVOCATION);
      callee.yield(request, payload);
      checkSame((await caller.expect(M.RESULT)).payload.args?.[0], calls, "the result of a call");
      if (calls % 4 === 0) await this.#kill(caller, random, [callee.id, caller.id]);
    }
    return calls;
  }

  async #kill(caller: WireSession, random: SeededRandom, spared: readonly Id[]): Promise<void> {
    const listed = (await caller.call("wamp.session.list", { args: [] })).args?.[0] as readonly Id[];
    const victims = listed.filter((id) => !spared.includes(id));
    if (victims.length === 0) return;
    if (random.chance(10)) caller.sendCall("wamp.session.kill_by_authrole", { args: ["anonymous"] });
    else caller.sendCall("wamp.session.kill", { args: [random.pick(victims)] });
    const answer: Message = await caller.next("the answer to a kill");
    // The victim may have left meanwhile.
    if (answer.type === M.RESULT) this.kills++;
    else checkSame(answer.type, M.ERROR, "the answer to a kill");
  }
}
