import { WampError } from "@kreuz/codec";
import type { Action } from "../auth/authorizer.js";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type { Gate, Verdict } from "../auth/authorization.js";
import type { RealmServices } from "../realm-services.js";
import type { Session } from "../session/session.js";
import type { SessionTable } from "../session/session-table.js";

/** What is asked and looked through. */
interface Realm {
  readonly gate: Gate;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly sessions: SessionTable;
  readonly services: RealmServices;
  readonly closed: boolean;
}

/** Something that a session holds by a permission that it had. */
interface Holding {
  readonly session: Session;
  readonly action: Action;
  /** Takes it away. @returns whether the session still had it. */
  revoke(): boolean;
}

/** What was found when permissions were looked at again. */
export interface Reauthorization {
  /** Subscriptions and registrations that were looked at, each one once for every session that holds it. */
  readonly checked: number;
  /** Those that were taken away. */
  readonly revoked: number;
}

/** Looking at one takes about a microsecond, revoking it some dozens: this many per turn keep the event loop responsive. */
const CHECKS_PER_TURN = 128;
const REASON = "no longer authorized";

/**
 * Asks for every subscription and registration of every client whether it is still allowed, and revokes those that are
 * not (spec: "Subscription Revocation", "Registration Revocation"). What cannot be decided is not allowed. A bounded
 * number in each turn of the event loop.
 */
export async function revokeDenied(realm: Realm): Promise<Reauthorization> {
  let [checked, revoked] = [0, 0];
  let undecided: Promise<boolean>[] = [];
  for (const holding of holdings(realm)) {
    if (realm.closed) break;
    const verdict = judge(realm, holding);
    if (verdict instanceof Promise) undecided.push(verdict.then((settled) => apply(realm, holding, settled)));
    else if (apply(realm, holding, verdict)) revoked++;
    if (++checked % CHECKS_PER_TURN !== 0) continue;
    revoked += await countTrue(undecided);
    undecided = [];
    await new Promise<void>((resolve) => realm.services.clock.schedule(0, resolve));
  }
  revoked += await countTrue(undecided);
  return { checked, revoked };
}

/** Of those that are there at the beginning; later ones come by the new permissions. Sessions in this process need none. */
function* holdings(realm: Realm): Iterable<Holding> {
  const { broker, dealer, sessions } = realm;
  for (const subscription of [...broker.subscriptions.byId.values()]) {
    const action: Action = { type: "subscribe", uri: subscription.uri, match: subscription.match };
    for (const session of [...subscription.subscribers])
      if (sessions.has(session.id))
        yield { session, action, revoke: () => broker.subscriptions.revoke(subscription, session, REASON) };
  }
  for (const registration of [...dealer.registrations.byId.values()]) {
    const action: Action = { type: "register", uri: registration.uri, match: registration.match };
    for (const { session } of [...registration.callees])
      if (sessions.has(session.id))
        yield { session, action, revoke: () => dealer.registrations.revoke(registration, session, REASON) };
  }
}

function judge({ gate }: Realm, { session, action }: Holding): Verdict | Promise<Verdict> {
  try {
    return gate.check(session.info, action);
  } catch (error) {
    // Not even the URI is allowed any longer.
    if (error instanceof WampError) return error;
    throw error;
  }
}

/** @returns whether it was revoked. */
function apply({ services }: Realm, holding: Holding, verdict: Verdict): boolean {
  if (!(verdict instanceof WampError) || !holding.revoke()) return false;
  services.metrics.count("permissions_revoked");
  return true;
}

async function countTrue(outcomes: readonly Promise<boolean>[]): Promise<number> {
  return (await Promise.all(outcomes)).filter(Boolean).length;
}
