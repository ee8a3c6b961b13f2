import type { Clock, Id } from "@kreuz/codec";
import type { FabricRealm, SessionInfo, SubscriptionInfo, WantedSubscription } from "@kreuz/router";
import type { NodeId } from "../bus.js";
import type { HashedIds } from "../replica/ids.js";
import { Interests, type NodeInterest } from "../replica/interests.js";
import type { Barriers } from "./barriers.js";
import { FrameType, writeInterest } from "./frames.js";
import type { OwnState } from "./own-state.js";
import type { RealmChannel } from "./realm-channel.js";

export interface RealmInterestOptions {
  readonly realm: FabricRealm;
  /** Of the cluster. */
  readonly clock: Clock;
  readonly own: OwnState;
  readonly ids: HashedIds;
  readonly channel: RealmChannel;
  readonly barriers: Barriers;
  /** How much later interest is withdrawn that ended, in milliseconds. */
  readonly linger: number;
}

/** Which subscriptions this node and the others have in one realm, so that each event goes where it is wanted. */
export class RealmInterest {
  /** What other nodes want. */
  readonly others: Interests = new Interests();
  readonly #options: RealmInterestOptions;

  constructor(options: RealmInterestOptions) {
    this.#options = options;
  }

  // What sessions of this node do.

  /** A session is about to subscribe. @returns what it has to wait for: until then, not all nodes know that this one wants these events. */
  wanted({ session, uri, match, nkey }: WantedSubscription): Promise<void> | undefined {
    const { ids, own, realm } = this.#options;
    const id = ids.subscription(uri, match);
    const announced = own.interests.get(id);
    const isKnown = announced !== undefined && (nkey === undefined || announced.nodeKeys.includes(nkey));
    if (isKnown) return announced.known;
    const nodeKeys = [...(announced?.nodeKeys ?? []), ...(nkey === undefined ? [] : [nkey])];
    const created = announced?.created ?? realm.clock.now();
    return this.#announce({ id, uri, match, created, session: session.session, nodeKeys });
  }

  /** A session gave a subscription up, or changed its node key. */
  unsubscribed({ id }: Pick<SubscriptionInfo, "id">): void {
    const { own, clock, linger } = this.#options;
    // Until a node key is withdrawn, events are for a node that is gone.
    const isSharded = own.interests.get(id)?.nodeKeys.length !== 0;
    clock.schedule(isSharded ? 0 : linger, () => this.#review(id));
  }

  /** This node leaves the realm: nothing is told any more. */
  close(): void {
    this.#options.own.interests.clear();
  }

  #announce(interest: NodeInterest): Promise<void> | undefined {
    const { channel, barriers, own } = this.#options;
    channel.tell(FrameType.INTEREST, (to) => writeInterest(to, interest));
    const announced = { ...interest, known: barriers.raise() };
    own.interests.set(interest.id, announced);
    const passed = (): void => void (announced.known = undefined);
    void announced.known?.then(passed);
    return announced.known;
  }

  /** Looks whether sessions of this node still have a subscription. */
  #review(id: Id): void {
    const { own, realm, channel } = this.#options;
    const announced = own.interests.get(id);
    if (announced === undefined) return;
    // A session is about to subscribe.
    if (announced.known !== undefined) return this.unsubscribed({ id });
    const interest = realm.interest(id);
    if (interest === undefined) {
      own.interests.delete(id);
      channel.tell(FrameType.NO_INTEREST, (to) => to.number(id));
    } else if (interest.nodeKeys.join("\n") !== announced.nodeKeys.join("\n"))
      this.#announce({ ...announced, nodeKeys: interest.nodeKeys });
  }

  // What other nodes say.

  /** @param session - a session of the node that has the subscription. */
  set(node: NodeId, interest: NodeInterest, session: SessionInfo): void {
    const { realm } = this.#options;
    const isFirst = this.others.set(node, interest) && realm.interest(interest.id) === undefined;
    if (isFirst) realm.subscriptionCreated(interest, session);
  }

  /** @param sessionOf - finds a session of the node. */
  delete(node: NodeId, id: Id, sessionOf: (id: Id) => SessionInfo): void {
    const { realm } = this.#options;
    const deleted = this.others.delete(node, id);
    if (deleted?.last !== true || realm.interest(id) !== undefined) return;
    realm.subscriptionDeleted(deleted.interest, sessionOf(deleted.interest.session));
  }
}
