import type { Session } from "@kreuz/session";
import { allowAll, createRouter, type Router } from "@kreuz/router";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { REALM } from "../support/index.js";
import { SESSION_CASES } from "./session-cases.js";

describe.each([false, true])("A session inside the process, authorized: %s", (authorized) => {
  let router: Router;
  const sessions: Session[] = [];

  beforeEach(async () => {
    router = await createRouter({ realms: [{ uri: REALM, authorizer: allowAll }] });
  });

  afterEach(() => router.close());

  const open = async (): Promise<Session> => {
    const session = router.connect(REALM, {}, { authorized });
    sessions.push(session);
    return session;
  };
  it.each(SESSION_CASES)("$name", async ({ run }) => {
    await expect(run({ open, uri: "com.example.case" })).resolves.toBeUndefined();
    for (const session of sessions.splice(0)) await session.close();
    expect(router.counts(REALM)).toMatchObject({ localSessions: 0, subscriptions: 0, registrations: 0, holders: 0 });
  });
});
