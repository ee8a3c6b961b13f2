import { type Id, MessageType as M, type Uri } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { expect } from "vitest";
import type { TestRouter } from "./test-router.js";

/**
 * Expects ABORT with this reason, then the end of the connection, and nothing in between.
 *
 * @returns the message of ABORT, which is for people.
 */
export async function expectAbort(client: WireSession, reason: Uri): Promise<string> {
  const abort = await client.expect(M.ABORT);
  expect(abort.reason).toBe(reason);
  await client.expectClosed();
  expect(client.unread).toEqual([]);
  return String(abort.details["message"]);
}

/** Expects ERROR in answer to a request. @returns its first positional argument, which is for people. */
export async function expectError(client: WireSession, requestType: number, request: Id, error: Uri): Promise<string> {
  const answer = await client.expect(M.ERROR);
  expect(answer).toMatchObject({ requestType, request, error });
  return String(answer.payload.args?.[0]);
}

/** Expects that the session still works and was sent nothing: what it did was ignored. */
export async function expectAlive(client: WireSession): Promise<void> {
  await client.expectNothing();
  await client.subscribe(`com.example.alive.${client.id}`);
}

/** Disconnects the clients, then expects that the router holds nothing of them: no connection, timer, call or entry of a realm. */
export async function expectNoTrace(router: TestRouter, clients: readonly WireSession[]): Promise<void> {
  for (const client of clients) client.disconnect();
  await settle();
  // Sessions that hold much leave in turns of the event loop.
  router.clock.advance(0);
  const connections = router.nodes.reduce((sum, node) => sum + node.connections, 0);
  expect({ connections, timers: router.clock.pending }).toEqual({ connections: 0, timers: 0 });
  const counts = router.nodes.flatMap((node) => node.realms.map((realm) => node.counts(realm)));
  for (const count of counts) {
    const { localSessions, retainedTopics: _mayStay, ...left } = count ?? { localSessions: 0, retainedTopics: 0 };
    // Local sessions may stay and keep what is theirs.
    if (localSessions === 0) for (const count of Object.values(left)) expect(count, JSON.stringify(left)).toBe(0);
    else expect(left).toMatchObject({ sessions: 0, pendingCalls: 0, waitingCalls: 0 });
  }
}
