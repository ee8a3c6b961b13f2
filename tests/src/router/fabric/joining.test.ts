// A realm that several nodes serve together, as one of them sees it; the others are the test.
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { sessionMeta } from "@kreuz/session-meta";
import { registryMeta } from "@kreuz/registry-meta";
import { testament } from "@kreuz/testament";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  call,
  createTestRouter,
  PROCEDURE,
  ScriptedFabric,
  type TestRouter,
  TOPIC,
} from "../../support/index.js";

async function setUp(): Promise<{ fabric: ScriptedFabric; router: TestRouter }> {
  const fabric = new ScriptedFabric();
  const plugins = [sessionMeta(), registryMeta(), testament()];
  return { fabric, router: await createTestRouter({ fabric, realm: { plugins } }) };
}

describe("sessions of several nodes", () => {
  it("the fabric hears of those of this node, in order, and of no local ones", async () => {
    const { fabric, router } = await setUp();
    const client = await router.join();
    router.connect(fabric.realm.uri);
    client.disconnect();
    await settle();
    expect(fabric.told).toEqual([`joined ${client.id}`, `left ${client.id}`]);
  });

  it("never gives an id that a session of another node has", async () => {
    let next = 0;
    const fabric = new ScriptedFabric();
    for (let id = 1; id < 10; id++) fabric.takenIds.add(id);
    const random = { id: () => ++next, name: () => "x" };
    const router = await createTestRouter({ fabric, random });
    next = 0;
    expect((await router.join()).id).toBe(10);
  });

  it("on_join and on_leave tell of sessions of other nodes", async () => {
    const { fabric, router } = await setUp();
    const observer = await router.join();
    await observer.subscribe("wamp.session.on_join");
    await observer.subscribe("wamp.session.on_leave");
    const { info } = fabric.session(77, "ann");
    fabric.realm.sessionJoined(info);
    fabric.realm.sessionLeft(info, { reason: "wamp.close.normal" });
    fabric.realm.sessionLeft(info, { reason: "wamp.close.normal", silent: true });
    expect(argsOf(await observer.expect(M.EVENT))?.[0]).toMatchObject({ session: 77, authid: "ann" });
    expect(argsOf(await observer.expect(M.EVENT))).toEqual([77, "ann", "user"]);
    await observer.expectNothing();
    // Derived by each node for its own sessions: nobody sends it anywhere.
    expect(fabric.publications).toEqual([]);
  });

  it("a node that stops tells the others of its sessions and publishes their testaments, then leaves", async () => {
    const { fabric, router } = await setUp();
    const client = await router.join();
    await call(client, "wamp.session.add_testament", [TOPIC, ["bye"], {}]);
    fabric.told.length = 0;
    await router.close();
    // Then those inside the router, which others may have met.
    const left = expect.stringMatching(/^left \d+$/) as string;
    expect(fabric.told).toEqual([`left ${client.id}`, left, "detach", "close"]);
    expect(fabric.publications).toMatchObject([{ topic: TOPIC, payload: { args: ["bye"] } }]);
  });

  it("kill_all stays silent for the other nodes, too", async () => {
    const { fabric, router } = await setUp();
    const [killer, victim] = [await router.join(), await router.join()];
    await call(killer, "wamp.session.kill_all");
    expect(fabric.told.at(-1)).toBe(`left ${victim.id} silently`);
  });

  it("calls of unknown procedures fail with network_failure while this node is isolated", async () => {
    const { fabric, router } = await setUp();
    const client = await router.join();
    await expect(call(client, PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
    fabric.isolated = true;
    await expect(call(client, PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NETWORK_FAILURE });
  });
});
