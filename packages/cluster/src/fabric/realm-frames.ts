import type { MatchPolicy, Uri } from "@kreuz/codec";
import type { Departure, FabricRealm, InboundEvent, RealmRules, SessionFilter } from "@kreuz/router";
import type { HybridClock } from "../replica/hybrid-clock.js";
import type { ByteReader } from "../wire/byte-reader.js";
import { readDict, writeDict } from "../wire/values.js";
import type { Barriers } from "./barriers.js";
import { FrameType as F, readEvent, readInterest, readRegistration, readSession } from "./frames.js";
import type { PeerRealm } from "./peer-realm.js";
import type { Requests } from "./requests.js";

export interface RealmFramesOptions {
  readonly time: HybridClock;
  readonly barriers: Barriers;
  readonly requests: Requests;
  /** Tells a node everything about this one. */
  readonly sync: (node: string) => void;
  /** Checks a claim of this node. */
  readonly verify: (uri: Uri, match: MatchPolicy) => Promise<void>;
  /** A node says what decides about requests there. */
  readonly rules: (node: string, rules: RealmRules) => void;
  /** A node has left the realm. */
  readonly detached: (peer: PeerRealm) => void;
}

/** Does what the frames of other nodes say, in one realm. */
export class RealmFrames {
  readonly #realm: FabricRealm;
  readonly #options: RealmFramesOptions;

  constructor(realm: FabricRealm, options: RealmFramesOptions) {
    this.#realm = realm;
    this.#options = options;
  }

  /** @returns a promise when the frame takes several turns: it takes room of the sender until then. */
  read(peer: PeerRealm, type: number, body: ByteReader): Promise<void> | undefined {
    if (type === F.EVENT) return this.#realm.deliver(this.#event(peer, body));
    if (type >= F.CALL && type < F.EVENT) this.#call(peer, type, body);
    else if (type >= F.ASK) this.#question(peer, type, body);
    else this.#state(peer, type, body);
    return undefined;
  }

  #call({ calls }: PeerRealm, type: number, body: ByteReader): void {
    if (type === F.CALL) calls.onCall(body);
    else if (type === F.RESULT) calls.onResult(body);
    else if (type === F.ERROR) calls.onError(body);
    else if (type === F.BOUNCE) calls.onBounce(body);
    else if (type === F.CANCEL) calls.onCancel(body);
    else if (type === F.MORE_ARGUMENTS) calls.onMoreArguments(body);
  }

  #state(peer: PeerRealm, type: number, body: ByteReader): void {
    const { uri } = this.#realm;
    if (type === F.JOINED) peer.joined(readSession(body, uri, peer.node));
    else if (type === F.LEFT) this.#left(peer, body);
    else if (type === F.BEQUEST) peer.bequests.read(body, (id) => peer.view.sessions.get(id)?.value.info);
    else if (type === F.CALLEE) this.#callee(peer, body);
    else if (type === F.NO_CALLEE) peer.removeCallee(body.number(), body.number());
    else if (type === F.INTEREST) peer.setInterest(readInterest(body));
    else if (type === F.NO_INTEREST) peer.deleteInterest(body.number());
    else if (type === F.RETAINED) this.#realm.retain(this.#event(peer, body));
    else if (type === F.SYNC_BEGIN) this.#begin(peer, body.byte() === 1);
    else if (type === F.SYNC_END) peer.endSync();
    else if (type === F.RULES) this.#options.rules(peer.node, readDict<RealmRules>(body));
    else if (type === F.LEAVING) peer.leaving = true;
    else if (type === F.DETACHED) this.#options.detached(peer);
    else if (type === F.BARRIER) {
      const number = body.number();
      peer.send(F.PASSED, "necessary", (to) => to.number(number));
    } else if (type === F.PASSED) this.#options.barriers.passed(peer.node, body.number());
  }

  #begin(peer: PeerRealm, answer: boolean): void {
    peer.present = true;
    peer.leaving = false;
    peer.view.begin();
    peer.bequests.beginSync();
    if (answer) this.#options.sync(peer.node);
  }

  #left(peer: PeerRealm, body: ByteReader): void {
    const session = body.number();
    peer.bequests.left(session);
    peer.left(session, readDict<Departure>(body));
  }

  #callee(peer: PeerRealm, body: ByteReader): void {
    const features = body.number();
    const { session, registration } = readRegistration(body);
    this.#options.time.observe(Number.parseInt(registration.rank, 16));
    if (body.more && body.byte() === 1) peer.met(readSession(body, this.#realm.uri, peer.node));
    peer.addCallee(session, features, registration);
  }

  #event(peer: PeerRealm, body: ByteReader): InboundEvent {
    const event = readEvent(body, peer);
    this.#options.time.observe(event.published);
    return event;
  }

  #question(peer: PeerRealm, type: number, body: ByteReader): void {
    const number = body.number();
    if (type === F.ANSWER) {
      const { value } = readDict<{ value?: unknown }>(body);
      return this.#options.requests.answered(peer.node, number, value);
    }
    const question = body.text();
    const asked = readDict<Question>(body);
    const answer = (value: unknown): void => {
      peer.send(F.ANSWER, "necessary", (to) => {
        to.number(number);
        writeDict(to, { value: value ?? null });
      });
    };
    // Who asks waits: a question that fails is answered as well.
    void Promise.resolve()
      .then(() => this.#answer(question, asked))
      .then(answer, () => answer(null));
    return undefined;
  }

  #answer(question: string, asked: Question): unknown {
    const { sessions, subscriptions } = this.#realm;
    const { session, departure, filter, registration, id, reason } = asked;
    if (question === "kill") return sessions.kill(session, departure);
    if (question === "killAll") return sessions.killAll(filter, departure);
    if (question === "revokeCallee") return this.#realm.revokeCallee(registration, session, reason);
    if (question === "verify") return this.#options.verify(asked.uri, asked.match);
    if (question === "members") return subscriptions.members(id);
    if (question === "revokeSubscriber") return subscriptions.remove(id, session, reason);
    return this.#realm.answerNode(question, asked);
  }
}

/** The fields of all questions; each has some of them. */
interface Question {
  readonly session: number;
  readonly departure: Departure;
  readonly filter: SessionFilter;
  readonly registration: number;
  readonly id: number;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly reason?: string;
}
