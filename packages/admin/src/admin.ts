import { ErrorUri, WampError } from "@kreuz/codec";
import {
  choiceArgument,
  type Directory,
  idArgument,
  invalidArgument,
  type Plugin,
  type ProcedureCall,
  type RealmContext,
  stringArgument,
  type SubscriptionInfo,
  textArgument,
} from "@kreuz/router";
import { CallArguments, noArguments } from "./arguments.js";
import { Audit, type Subject } from "./audit.js";
import { AllStats } from "./all-stats.js";
import { ADMIN, ADMIN_TOPICS, type Reloaded } from "./contract.js";
import { forwardCall, forwardPublication } from "./forward.js";
import { getRegistration, getSubscription, registrationHere, subscriptionHere } from "./entries.js";
import { countsHere, countsOf, type CountsQuestion, getRegistrations, getSubscriptions } from "./holdings.js";
import { kill, killHere } from "./kill.js";
import { Nodes } from "./nodes.js";
import { OperatorSessions } from "./operator-sessions.js";
import { Queries } from "./queries.js";
import { Realms } from "./realms.js";
import { getRouter, routerHere } from "./router-state.js";
import { getSession, getSessions, sessionHere, sessionsHere } from "./sessions.js";
import type { AdminSource } from "./source.js";
import { StatsFeed } from "./stats-feed.js";
import { Tails } from "./tails.js";

/**
 * Shows and steers the router by the procedures and topics of `@kreuz/admin/contract`. For a management realm of its own: give its
 * roles {@link ADMIN_PERMISSIONS}, and serve it on a listener of its own, by `router.acceptor({ realms: [it] })`, while all others
 * serve `router.acceptor({ except: [it] })`.
 */
export function adminPlugin(source: AdminSource): Plugin {
  return {
    name: "admin",
    setup(realm) {
      const realms = new Realms(source, realm.uri);
      const queries = new Queries(realm);
      const nodes = new Nodes(realm);
      const audit = new Audit(realm.logger, source.log);
      const stats = new AllStats(source, realms, nodes, realm.clock);
      registerGets(realm, source, realms, queries, nodes, stats);
      registerActions(realm, source, realms, queries, nodes, audit);
      nodes.answer("router", (call) => routerHere(call, source, realms, nodes.own));
      nodes.answer("sessions", (call) => sessionsHere(call, realms, queries, nodes.own));
      nodes.answer("session", (call) => sessionHere(call, realms, nodes.own));
      nodes.answer("counts", (call) => countsHere(call, realms, queries));
      nodes.tell<CountsQuestion>("countsOf", (asked) => countsOf(asked, realms));
      nodes.answer("subscription", (call) => subscriptionHere(call, realms, nodes.own));
      nodes.answer("registration", (call) => registrationHere(call, realms, nodes.own));
      nodes.answer("kill", (call) => audit.run(call, (note) => killHere(call, { realm, realms, queries, note })));
      const feed = new StatsFeed(realm, source, stats);
      realm.defer(() => feed.stop());
      realm.defer(source.log.onEntry((entry) => realm.publish(ADMIN_TOPICS.log, { args: [entry] })));
    },
  };
}

function registerGets(
  realm: RealmContext,
  source: AdminSource,
  realms: Realms,
  queries: Queries,
  nodes: Nodes,
  stats: AllStats,
): void {
  realm.procedure(ADMIN.getRouter, (call) => getRouter(call, source, realms, nodes));
  realm.procedure(ADMIN.getSessions, (call) => getSessions(call, realms, queries, nodes));
  realm.procedure(ADMIN.getSession, (call) => getSession(call, realms, nodes));
  realm.procedure(ADMIN.getSubscriptions, (call) => getSubscriptions(call, realms, queries, nodes));
  realm.procedure(ADMIN.getSubscription, (call) => getSubscription(call, realms, nodes));
  realm.procedure(ADMIN.getRegistrations, (call) => getRegistrations(call, realms, queries, nodes));
  realm.procedure(ADMIN.getRegistration, (call) => getRegistration(call, realms, nodes));
  realm.procedure(ADMIN.getStats, (call) => stats.get(call));
  realm.procedure(ADMIN.getLog, (call) => {
    noArguments(call);
    return source.log.entries;
  });
}

function registerActions(
  realm: RealmContext,
  source: AdminSource,
  realms: Realms,
  queries: Queries,
  nodes: Nodes,
  audit: Audit,
): void {
  const sessions = new OperatorSessions(realm, source);
  const tails = new Tails(realm, sessions);
  const action = (uri: string, run: (call: ProcedureCall, note: (subject: Subject) => void) => unknown): void =>
    void realm.procedure(uri, (call) => audit.run(call, (note) => run(call, note)));
  action(ADMIN.kill, (call, note) => kill(call, { realm, realms, queries, note }, nodes));
  action(ADMIN.remove, (call, note) => remove(call, realms, nodes, note));
  action(ADMIN.tail, (call, note) => tails.open(call, note));
  action(ADMIN.untail, (call, note) => tails.close(call, note));
  action(ADMIN.call, (call, note) => forwardCall(call, sessions, note));
  action(ADMIN.publish, (call, note) => forwardPublication(call, sessions, note));
  action(ADMIN.drain, (call) => {
    noArguments(call);
    // After the answer, since it ends this session, too.
    realm.clock.schedule(0, () => source.drain());
    return null;
  });
  action(ADMIN.reload, (call) => reload(call, source));
}

/** `kreuz.do.remove`: takes a subscription or registration from a session. One inside the router's process keeps it. */
async function remove(
  call: ProcedureCall,
  realms: Realms,
  nodes: Nodes,
  note: (subject: Subject) => void,
): Promise<null> {
  const args = new CallArguments(call, 3, ["kind", "reason"]);
  const name = args.at(0, "realm", stringArgument);
  const realm = realms.get(name);
  const id = args.at(1, "id", idArgument);
  const session = args.at(2, "session", idArgument);
  const kind =
    args.get("kind", (key, value) => choiceArgument(key, value, ["subscription", "registration"])) ?? "subscription";
  const reason = args.get("reason", textArgument);
  note({ realm: name, kind, id, from: session });
  // In a cluster it may be on another node, which knows.
  if (nodes.own === undefined && realm.sessions.get(session) === undefined)
    throw new WampError(ErrorUri.NO_SUCH_SESSION, `no session ${session} in realm "${name}"`);
  const directory: Directory<SubscriptionInfo> = kind === "subscription" ? realm.subscriptions : realm.registrations;
  if (!(await directory.remove(id, session, reason))) {
    const missing = kind === "subscription" ? ErrorUri.NO_SUCH_SUBSCRIPTION : ErrorUri.NO_SUCH_REGISTRATION;
    throw new WampError(missing, `session ${session} has no ${kind} ${id}`);
  }
  return null;
}

async function reload(call: ProcedureCall, source: AdminSource): Promise<Reloaded> {
  noArguments(call);
  if (source.reload === undefined) throw invalidArgument("there is no config file to read again");
  try {
    return await source.reload();
  } catch (error) {
    throw invalidArgument((error as Error).message);
  }
}
