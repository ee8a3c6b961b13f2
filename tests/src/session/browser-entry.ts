// Bundled for browsers and workers: runs all cases over the platform's WebSocket.
import { connect } from "@kreuz/client";
import type { Session } from "@kreuz/session";
import { SESSION_CASES } from "./session-cases.js";

/**
 * @param urls - sessions take them by turns.
 * @returns the failures, and then how many cases there were.
 */
export async function runCases(urls: readonly string[], realm: string): Promise<string[]> {
  const failures: string[] = [];
  let opened = 0;
  for (const [index, { name, run }] of SESSION_CASES.entries()) {
    const sessions: Session[] = [];
    const open = async (): Promise<Session> => {
      const url = urls[opened++ % urls.length]!;
      const session = await connect({ url, realm, reconnect: false, onError: () => {} });
      sessions.push(session);
      return session;
    };
    try {
      await run({ open, uri: `com.example.browser${index}` });
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
    for (const session of sessions) await session.close();
  }
  return [...failures, `${SESSION_CASES.length} cases`];
}
