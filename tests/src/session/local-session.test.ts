import { allowAll, type Router } from "@kreuz/router";
import type { Session } from "@kreuz/session";
import { settle } from "@kreuz/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRouters, REALM } from "../support/index.js";
import { SESSION_CASES } from "./session-cases.js";

describe.each([false, true])("A session inside the process, authorized: %s", (authorized) => {
  let routers: readonly Router[];
  let opened = 0;
  const sessions: Session[] = [];

  beforeEach(async () => {
    routers = await openRouters({ realms: [{ uri: REALM, authorizer: allowAll }] });
  });

  afterEach(() => routers[0]!.close());

  const open = async (): Promise<Session> => {
    const session = routers[opened++ % routers.length]!.connect(REALM, {}, { authorized });
    sessions.push(session);
    return session;
  };
  it.each(SESSION_CASES)("$name", async ({ run }) => {
    await expect(run({ open, uri: "com.example.case" })).resolves.toBeUndefined();
    for (const session of sessions.splice(0)) await session.close();
    await settle();
    for (const router of routers)
      expect(router.counts(REALM)).toMatchObject({ localSessions: 0, subscriptions: 0, registrations: 0, holders: 0 });
  });
});
