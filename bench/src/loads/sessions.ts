import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { LoadSocket } from "../generator/load-socket.js";
import type { ServerProcess } from "../servers/server-process.js";

/** Handshakes under way at one time. */
const AT_ONCE = 32;

/** Joins one session, over WebSocket with JSON. At the relay it only connects. */
export function joinSession(server: ServerProcess): Promise<LoadSocket> {
  return LoadSocket.join(server, { transport: "websocket", codec: json }, "observer/0");
}

/** Joins sessions, many at a time, for as long as `more` says so. */
export async function joinSessions(server: ServerProcess, more: () => boolean): Promise<LoadSocket[]> {
  const sessions: LoadSocket[] = [];
  const join = async (): Promise<void> => {
    while (more()) sessions.push(await joinSession(server));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, join));
  return sessions;
}

/** Joins a session that hears of all that join after it. */
export async function observeJoins(server: ServerProcess, onJoins: (count: number) => void): Promise<LoadSocket> {
  const observer = await joinSession(server);
  await observer.request({ type: M.SUBSCRIBE, request: 1, options: {}, topic: "wamp.session.on_join" }, M.SUBSCRIBED);
  observer.listen(M.EVENT, onJoins);
  return observer;
}
