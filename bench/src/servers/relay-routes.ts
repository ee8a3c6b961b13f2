import type { Socket } from "node:net";

/*
 * The relays forward frames without reading them, with one write per socket and turn of the event loop. Only the first frame
 * of a connection is read, and echoed. It names the role of the client: `caller/3` and `callee/3` exchange frames,
 * `subscriber/0` receives those of the publisher.
 */

/** One client of a relay. */
export interface Peer {
  readonly socket: Socket;
  /** Queues one frame. */
  forward(data: Buffer): void;
}

/** Callers, and the callee that answers them in order. */
interface Group {
  readonly callers: Peer[];
  callee?: Peer;
  /** The callers of the calls without an answer, from `answered` on; not needed for one caller. */
  calls: Peer[];
  answered: number;
}

const ROLE = /(caller|callee|publisher|subscriber|observer)\/(\w+)/;
const groups = new Map<string, Group>();
const subscribers = new Set<Peer>();
const corked: Socket[] = [];

/** Returns the handler of a client's frames. */
export function accept(peer: Peer): (data: Buffer) => void {
  let route: ((data: Buffer) => void) | undefined;
  return (data) => {
    if (route !== undefined) return route(data);
    const [, role = "", name = ""] = ROLE.exec(data.toString("latin1")) ?? [];
    route = routeOf(peer, role, name);
    forward(peer, data);
  };
}

/** Buffers what is written to a socket until the turn ends. */
function forward(peer: Peer, data: Buffer): void {
  const { socket } = peer;
  if (socket.writableCorked === 0) {
    socket.cork();
    if (corked.push(socket) === 1) setImmediate(() => corked.splice(0).forEach((each) => each.uncork()));
  }
  peer.forward(data);
}

function routeOf(peer: Peer, role: string, name: string): (data: Buffer) => void {
  switch (role) {
    case "publisher":
      return (data) => {
        for (const subscriber of subscribers) forward(subscriber, data);
      };
    case "subscriber":
      subscribers.add(peer);
      peer.socket.once("close", () => subscribers.delete(peer));
      return () => {};
    case "caller":
      return callerRoute(groupOf(name), peer);
    case "callee":
      return calleeRoute(groupOf(name), peer);
    default:
      return () => {};
  }
}

function callerRoute(group: Group, peer: Peer): (data: Buffer) => void {
  group.callers.push(peer);
  return (data) => {
    if (group.callee === undefined) return;
    if (group.callers.length > 1) group.calls.push(peer);
    forward(group.callee, data);
  };
}

function calleeRoute(group: Group, peer: Peer): (data: Buffer) => void {
  group.callee = peer;
  return (data) => {
    const caller = group.callers.length > 1 ? group.calls[group.answered++] : group.callers[0];
    if (caller !== undefined) forward(caller, data);
    if (group.answered < group.calls.length) return;
    group.calls = [];
    group.answered = 0;
  };
}

function groupOf(name: string): Group {
  const group = groups.get(name) ?? { callers: [], calls: [], answered: 0 };
  groups.set(name, group);
  return group;
}
