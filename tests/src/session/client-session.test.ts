import { connect, connectionTransport } from "@kreuz/client";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, type Router } from "@kreuz/router";
import type { Session } from "@kreuz/session";
import { settle } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRouters, REALM } from "../support/index.js";
import { SESSION_CASES } from "./session-cases.js";

describe.each([json, msgpack, cbor])("A session of the client over the in-memory transport, $id", (codec) => {
  let routers: readonly Router[];
  let connections = 0;
  const sessions: Session[] = [];

  beforeEach(async () => {
    routers = await openRouters({ realms: [{ uri: REALM, authorizer: allowAll }] });
  });

  afterEach(() => routers[0]!.close());

  const transport = connectionTransport((acceptor) =>
    connectMemory(routers[connections++ % routers.length]!, acceptor, { codec }),
  );
  const open = async (): Promise<Session> => {
    const session = await connect({ transport, realm: REALM, reconnect: false, onError: () => {} });
    sessions.push(session);
    return session;
  };
  it.each(SESSION_CASES)("$name", async ({ run }) => {
    await expect(run({ open, uri: "com.example.case" })).resolves.toBeUndefined();
    for (const session of sessions.splice(0)) await session.close();
    await settle();
    for (const router of routers) {
      expect(router.counts(REALM)).toMatchObject({ sessions: 0, subscriptions: 0, registrations: 0, holders: 0 });
      expect(router.connections).toBe(0);
    }
  });
});
