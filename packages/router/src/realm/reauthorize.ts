import { WampError } from "@kreuz/codec";
import type { Action } from "../auth/authorizer.js";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type { Authorization, Verdict } from "../auth/authorization.js";
import { nextTurn } from "../pacing.js";
import type { RealmServices } from "../realm-services.js";
import type { Session } from "../session/session.js";
import type { SessionTable } from "../session/session-table.js";

/** What is checked, and who is asked. */
interface Realm {
  readonly authorization: Authorization;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly sessions: SessionTable;
  readonly services: RealmServices;
  readonly closed: boolean;
}

/** A subscription or registration of one session, which permits may no longer cover. */
interface Holding {
  readonly session: Session;
  readonly action: Action;
  /** Revokes it. @returns whether the session still held it. */
  revoke(): boolean;
}

/** The outcome of checking permissions again. */
export interface Reauthorization {
  /** Subscriptions and registrations that were checked, each once per session that holds it. */
  readonly checked: number;
  /** Those that were revoked. */
  readonly revoked: number;
}

/** Checking one takes about a microsecond, revoking it a few dozen, so this many stay within a few milliseconds. */
const MAX_CHECKS_PER_TURN = 128;
const REASON = "no longer authorized";

/**
 * Checks whether every subscription and registration of every client is still allowed, and revokes those that are not
 * (spec: "Subscription Revocation", "Registration Revocation"), a bounded number per turn of the event loop. What cannot
 * be decided is not allowed.
 */
export async function revokeDenied(realm: Realm): Promise<Reauthorization> {
  let [checked, revoked] = [0, 0];
  let undecided: Promise<boolean>[] = [];
  for (const holding of holdings(realm)) {
    if (realm.closed) break;
    const verdict = check(realm, holding);
    if (verdict instanceof Promise) undecided.push(verdict.then((settled) => apply(realm, holding, settled)));
    else if (apply(realm, holding, verdict)) revoked++;
    if (++checked % MAX_CHECKS_PER_TURN !== 0) continue;
    revoked += await countTrue(undecided);
    undecided = [];
    await nextTurn(realm.services.clock);
  }
  revoked += await countTrue(undecided);
  return { checked, revoked };
}

/** Those present at the start: later ones come by the new permissions, and local sessions need none. */
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
        yield { session, action, revoke: () => dealer.revoke(registration, session, REASON) };
  }
}

function check({ authorization }: Realm, { session, action }: Holding): Verdict | Promise<Verdict> {
  try {
    return authorization.check(session.info, action);
  } catch (error) {
    // The URI itself is no longer allowed.
    if (error instanceof WampError) return error;
    throw error;
  }
}

/** @returns whether it was revoked. */
function apply({ services }: Realm, holding: Holding, verdict: Verdict): boolean {
  if (!(verdict instanceof WampError) || !holding.revoke()) return false;
  services.stats.refused.add(`${holding.action.type}:revoked`);
  return true;
}

async function countTrue(outcomes: readonly Promise<boolean>[]): Promise<number> {
  return (await Promise.all(outcomes)).filter(Boolean).length;
}
