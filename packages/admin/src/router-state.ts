import type { ProcedureCall } from "@kreuz/router";
import { noArguments } from "./arguments.js";
import type { ListenerState, NodeState, RealmState, RouterState } from "./contract.js";
import type { Nodes } from "./nodes.js";
import type { Realms } from "./realms.js";
import type { AdminSource } from "./source.js";
import { connectionsOf } from "./stats.js";

/** How long other nodes have to say what they are, in milliseconds. */
const PATIENCE = 2000;

/** `kreuz.get.router`: this node, with listeners and realms of all. */
export async function getRouter(
  call: ProcedureCall,
  source: AdminSource,
  realms: Realms,
  nodes: Nodes,
): Promise<RouterState> {
  const own = routerHere(call, source, realms, nodes.own);
  const { answers, unreachable } = await nodes.ask<RouterState>("router", call, PATIENCE);
  if (answers.length === 0 && unreachable.length === 0) return own;
  const all = [own, ...answers];
  return {
    ...own,
    nodes: all.flatMap((state) => state.nodes ?? []),
    ...(unreachable.length > 0 && { unreachable }),
    listeners: sumListeners(all.flatMap(({ listeners }) => listeners)),
    realms: own.realms.map((realm) =>
      sumRealm(
        realm,
        answers.flatMap((state) => state.realms.filter(({ name }) => name === realm.name)),
      ),
    ),
  };
}

/** What this node is. @param name - its own in a cluster. */
export function routerHere(
  call: ProcedureCall,
  source: AdminSource,
  realms: Realms,
  name: string | undefined,
): RouterState {
  noArguments(call);
  const { version } = source;
  const { node, host, pid, started } = source.process;
  const { ready, because } = source.readiness();
  const self: NodeState | undefined =
    name === undefined ? undefined : { name, version, host, pid, started, ready, because };
  const warnings = source.warnings?.() ?? [];
  return {
    version,
    node,
    host,
    pid,
    started,
    ...(self !== undefined && { nodes: [self] }),
    ...(warnings.length > 0 && { warnings }),
    ready,
    because,
    listeners: Array.from(source.listeners(), ({ name: listener, url, stats }) => ({
      name: listener,
      url,
      connections: connectionsOf(stats),
    })),
    realms: realms.states,
    reloadable: source.reload !== undefined,
  };
}

/** One for each name and URL. */
function sumListeners(listeners: readonly ListenerState[]): readonly ListenerState[] {
  const sums = new Map<string, ListenerState>();
  for (const listener of listeners) {
    const key = `${listener.name} ${listener.url}`;
    const connections = listener.connections + (sums.get(key)?.connections ?? 0);
    sums.set(key, { ...listener, connections });
  }
  return [...sums.values()];
}

/** All nodes have the same registrations, and the same roles. */
function sumRealm(own: RealmState, others: readonly RealmState[]): RealmState {
  const sum = (key: "sessions" | "subscriptions" | "callsPending"): number =>
    others.reduce((total, realm) => total + realm[key], own[key]);
  return {
    ...own,
    sessions: sum("sessions"),
    subscriptions: sum("subscriptions"),
    callsPending: sum("callsPending"),
  };
}
