// Tests how sessions of real clients begin and end, as the client and the router see it.
import { describe, expect, test } from "vitest";
import { inTime, until } from "../support/wait.js";
import { RouterProcess } from "../support/router-process.js";
import { SPREAD } from "../support/spread.js";
import { KINDS } from "./clients/kinds.js";
import type { Peer, PeerKind } from "./clients/peer.js";
import { useRouter } from "./shared-router.js";

const shared = useRouter();

async function sessions(kind: PeerKind): Promise<readonly number[]> {
  return (await shared.peer(kind).call("wamp.session.list")).args[0] as readonly number[];
}

describe.each(KINDS)("$name", (kind) => {
  test("joins, and WELCOME has its identity and the router's features", async () => {
    const { session, welcome } = await shared.join(kind);
    expect(session).toBeGreaterThan(0);
    expect(welcome).toMatchObject({
      realm: "realm1",
      authid: expect.any(String),
      authrole: "development",
      authmethod: "anonymous",
      roles: {
        broker: { features: { pattern_based_subscription: true, session_meta_api: true } },
        dealer: { features: { progressive_call_results: true, session_meta_api: true } },
      },
    });
  });

  test("speaks the codec that it asked for", async () => {
    const { session } = shared.peer(kind);
    const { args } = await shared.peer(kind).call("wamp.session.get", { args: [session] });
    expect(args).toMatchObject([{ transport: { protocol: `wamp.2.${kind.codec}`, serializer: kind.codec } }]);
  });

  test("is refused an unknown realm with the reason", async () => {
    await expect(shared.open(kind, "com.example.nowhere")).rejects.toMatchObject({
      uri: "wamp.error.no_such_realm",
      args: [expect.stringContaining("com.example.nowhere")],
    });
  });

  test("says GOODBYE, and gets the answer", async () => {
    const peer = await shared.join(kind);
    const { session } = peer;
    expect(await peer.close()).toEqual({ reason: "wamp.close.goodbye_and_out", message: undefined });
    if (SPREAD !== undefined)
      await until("the other node to know", async () => !(await sessions(kind)).includes(session));
    expect(await sessions(kind)).not.toContain(session);
    // Each library sends its own reason.
    const reason = kind.library === "Wampy" ? "wamp.close.system_shutdown" : "wamp.close.normal";
    const left = () => shared.log.find((line) => line.msg === "session left" && line["session"] === session);
    await until("the line in the log", () => left() !== undefined);
    expect(left()).toMatchObject({ level: "info", reason });
  });

  test("can join again at once, many times", async () => {
    for (let count = 0; count < 10; count++) await (await shared.open(kind)).close();
  });
});

const GOODBYE = `
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
shutdown: { farewell: goodbye }
`;

test("when the router stops with GOODBYE, every client learns why, and the router exits cleanly", async () => {
  const router = await RouterProcess.start({ files: { "kreuz.yaml": GOODBYE } });
  try {
    const peers: Peer[] = [];
    for (const kind of KINDS) peers.push(await kind.open(router));
    expect(await router.stop()).toBe(0);
    for (const { kind, ended } of peers)
      expect([kind.name, await inTime("the end of the session", ended)]).toEqual([
        kind.name,
        { reason: "wamp.close.system_shutdown", message: expect.any(String) },
      ]);
    expect(router.errors).toEqual([]);
  } finally {
    await router.kill();
  }
});
