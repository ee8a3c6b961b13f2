import { ErrorUri, WampError, type Dict, type Id } from "@kreuz/codec";
import {
  idArgument,
  invalidArgument,
  type ProcedureCall,
  type RealmContext,
  type SessionEvent,
  stringArgument,
  type Subscription,
  textArgument,
} from "@kreuz/router";
import { CallArguments, integerArgument, matchArgument, shown } from "./arguments.js";
import type { Subject } from "./audit.js";
import { ADMIN_TOPICS, type Tail, type TailEvent } from "./contract.js";
import type { OperatorSessions } from "./operator-sessions.js";
import { isLargerThan } from "./size.js";

const MAX_TAILS_PER_SESSION = 8;
const MAX_PER_SECOND = 100;
const DEFAULT_PER_SECOND = 20;
/** Of a payload that is shown. */
const MAX_BYTES = 64 * 1024;

/** One tail of one session. */
interface OpenTail {
  readonly owner: Id;
  subscription: Subscription | undefined;
}

/** Shows operators the events of other realms as they come: a bounded number, to the session alone that asked, until it leaves. */
export class Tails {
  readonly #realm: RealmContext;
  readonly #sessions: OperatorSessions;
  readonly #open = new Map<number, OpenTail>();
  #lastId = 0;

  constructor(realm: RealmContext, sessions: OperatorSessions) {
    this.#realm = realm;
    this.#sessions = sessions;
    realm.on("sessionLeft", ({ session }) => {
      for (const [id, { owner }] of [...this.#open]) if (owner === session) this.#end(id);
    });
  }

  /** `kreuz.do.tail` */
  async open(call: ProcedureCall, note: (subject: Subject) => void): Promise<Tail> {
    const args = new CallArguments(call, 2, ["match", "perSecond", "sample"]);
    const name = args.at(0, "realm", stringArgument);
    const topic = args.at(1, "topic", textArgument);
    const match = args.get("match", matchArgument) ?? "exact";
    const perSecond = args.get("perSecond", integerArgument(1, MAX_PER_SECOND)) ?? DEFAULT_PER_SECOND;
    const share = args.get("sample", shareArgument) ?? 1;
    note({ realm: name, topic, match });
    const owner = call.caller.session;
    this.#checkNumber(owner);
    const session = this.#sessions.in(name, call.caller);
    const tail = ++this.#lastId;
    const open: OpenTail = { owner, subscription: undefined };
    this.#open.set(tail, open);
    const filter = new TailFilter(this.#realm, perSecond, share);
    const show = (event: SessionEvent): void => this.#show(tail, owner, filter, event);
    try {
      open.subscription = await session.subscribe(topic, show, { match });
    } catch (error) {
      this.#open.delete(tail);
      throw error;
    }
    // Its session left meanwhile.
    if (!this.#open.has(tail)) void open.subscription.unsubscribe();
    void open.subscription.ended.then(() => this.#open.delete(tail));
    return { tail, topic: `${ADMIN_TOPICS.tail}${tail}` };
  }

  /** `kreuz.do.untail` */
  close(call: ProcedureCall, note: (subject: Subject) => void): null {
    const tail = new CallArguments(call, 1).at(0, "tail", idArgument);
    note({ tail });
    // One of another session does not exist.
    if (this.#open.get(tail)?.owner !== call.caller.session)
      throw invalidArgument(`tail: this session has no tail ${tail}`);
    this.#end(tail);
    return null;
  }

  #checkNumber(owner: Id): void {
    const own = [...this.#open.values()].filter((tail) => tail.owner === owner);
    if (own.length < MAX_TAILS_PER_SESSION) return;
    const text = `the session has ${MAX_TAILS_PER_SESSION} tails, the maximum; end one with kreuz.do.untail`;
    throw new WampError(ErrorUri.LIMIT_EXCEEDED, text);
  }

  #end(tail: number): void {
    const open = this.#open.get(tail);
    this.#open.delete(tail);
    void open?.subscription?.unsubscribe();
  }

  #show(
    tail: number,
    owner: Id,
    filter: TailFilter,
    { topic, publication, args, kwargs, details }: SessionEvent,
  ): void {
    const skipped = filter.take();
    if (skipped === undefined) return;
    const isTooLong = isLargerThan(MAX_BYTES, [args, kwargs]);
    const event: TailEvent = {
      at: this.#realm.clock.now(),
      topic,
      publication,
      details: details as Dict,
      ...(isTooLong ? { tooLong: true } : { args, kwargs }),
      skipped,
    };
    // A session that reads too slowly misses events, as all do.
    this.#realm.publish(`${ADMIN_TOPICS.tail}${tail}`, { args: [event] }, { eligible: [owner] });
  }
}

/** Decides which events are shown. */
class TailFilter {
  readonly #realm: RealmContext;
  readonly #perSecond: number;
  readonly #share: number;
  /** Sums the share up, so that every tenth is shown for 0.1. */
  #sum: number;
  #second = -Infinity;
  #shown = 0;
  #skipped = 0;

  constructor(realm: RealmContext, perSecond: number, share: number) {
    this.#realm = realm;
    this.#perSecond = perSecond;
    this.#share = share;
    this.#sum = 1 - share;
  }

  /** @returns how many were skipped before this one; `undefined` to skip it. */
  take(): number | undefined {
    this.#sum += this.#share;
    const second = Math.floor(this.#realm.clock.monotonic() / 1000);
    if (second !== this.#second) this.#shown = 0;
    this.#second = second;
    if (this.#sum < 1 || this.#shown >= this.#perSecond) {
      if (this.#sum >= 1) this.#sum -= 1;
      this.#skipped++;
      return undefined;
    }
    this.#sum -= 1;
    this.#shown++;
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }
}

function shareArgument(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw invalidArgument(`${name}: expected a number above 0 up to 1, got ${shown(value)}`);
}
