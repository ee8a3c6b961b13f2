// Tests that the running app applies a new config on SIGHUP, or logs why it does not.
import { afterEach, expect, test } from "vitest";
import { Attacker } from "./attacks/attacker.js";
import { logged } from "./attacks/router-under-attack.js";
import { RouterProcess } from "../support/router-process.js";

const config = (permissions: string, rest = ""): string => `
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest, permissions: [${permissions}] }]
${rest}
`;
const SUBSCRIBE = "{ uri: com.example.news, allow: { subscribe: true } }";
const CALL = "{ uri: com.example.add, allow: { call: true } }";

let router: RouterProcess | undefined;
afterEach(() => router?.kill());

/** Joins with a session that announces subscription revocation. */
async function join(url: string): Promise<Attacker> {
  const client = await Attacker.connect(url);
  const features = { subscription_revocation: true };
  client.send([1, "realm1", { roles: { caller: {}, subscriber: { features } } }]);
  await client.receives(2);
  return client;
}

test("SIGHUP changes the permissions of existing sessions; an invalid config changes nothing", async () => {
  router = await RouterProcess.start({ files: { "kreuz.yaml": config(SUBSCRIBE) } });
  const client = await join(router.url);
  client.send([32, 1, {}, "com.example.news"]);
  const [, , subscription] = await client.receives(33);
  client.send([48, 2, {}, "com.example.add"]);
  expect((await client.receives(8))[4]).toBe("wamp.error.not_authorized");

  router.write("kreuz.yaml", config(CALL, "uriRule: strict\nlog: { level: debug }"));
  router.signal("SIGHUP");
  expect(await client.receives(35)).toEqual([35, 0, { subscription, reason: "no longer authorized" }]);
  await logged(router, { msg: "config reloaded", revoked: 1 });
  await logged(router, { level: "warn", msg: "restart the router to apply these settings" });
  client.send([48, 3, {}, "com.example.add"]);
  expect((await client.receives(8, 2))[4]).toBe("wamp.error.no_such_procedure");
  expect(router.errors).toEqual([]);

  router.write("kreuz.yaml", config("{ uri: com..add, allow: { call: true } }"));
  router.signal("SIGHUP");
  await logged(router, {
    level: "error",
    msg: "config not reloaded, the old one stays: fix the problem and send SIGHUP again",
  });
  client.send([48, 4, {}, "com.example.add"]);
  expect((await client.receives(8, 3))[4]).toBe("wamp.error.no_such_procedure");
  router.write("kreuz.yaml", "");
  router.signal("SIGHUP");
  await logged(router, { problem: "kreuz.yaml:1:1: expected a mapping such as { realms: … }, got nothing" });
  router.remove("kreuz.yaml");
  router.signal("SIGHUP");
  await logged(router, { problem: "kreuz.yaml: file not found" });
  client.send([32, 5, {}, "com.example.anything"]);
  expect((await client.receives(8, 4))[4]).toBe("wamp.error.not_authorized");
  const [problem] = router.errors;
  expect(problem).toContain("kreuz.yaml:5:49: realms[0].roles[0].permissions[0].uri");
  expect(await router.stop()).toBe(0);
});
