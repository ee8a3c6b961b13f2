import assert from "node:assert/strict";
import { test } from "node:test";
import { json } from "@kreuz/codec/json";
import { testPlugin, WireSession } from "@kreuz/plugin-testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { SignJWT } from "jose";
import { jwt, tenants } from "./jwt.js";

const SECRET = "at least 32 characters of a secret";
const ISSUER = "https://login.example.com";

function sign({ secret = SECRET, expires = "1h", claims = { tenant: "north" } } = {}) {
  const token = new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).setSubject("joe").setIssuer(ISSUER);
  return token.setExpirationTime(expires).sign(new TextEncoder().encode(secret));
}

async function start(t) {
  const authenticators = [jwt({ secret: SECRET, issuer: ISSUER, role: "user" })];
  const kit = await testPlugin([], { realm: { authenticators, authorizer: tenants() } });
  t.after(() => kit.close());
  return async (token) => {
    const client = new WireSession();
    connectMemory(kit.router, client, { codec: json, clock: kit.clock });
    const welcome = await client.join(kit.router.realms[0], { authmethods: ["jwt"] }, () => token);
    return { client, welcome };
  };
}

test("a token logs in, and its claims say what is allowed; no client sees them", async (t) => {
  const join = await start(t);
  const { client, welcome } = await join(await sign());
  assert.equal(welcome.details.authid, "joe");
  assert.ok(!JSON.stringify(welcome.details).includes("north"));
  await client.subscribe("com.example.north.news");
  await assert.rejects(client.subscribe("com.example.south.news"), { uri: "wamp.error.not_authorized" });
  client.disconnect();
});

test("tokens that are forged, too old or none are refused, and the client is not told why", async (t) => {
  const join = await start(t);
  const refused = [await sign({ secret: "another secret of 32 characters!" }), await sign({ expires: 1 }), ""];
  for (const token of refused)
    await assert.rejects(join(token), { uri: "wamp.error.authentication_denied", message: /the token is not valid$/ });
});

test("without a tenant, or with a wrong one, nothing is allowed", async (t) => {
  const join = await start(t);
  for (const claims of [{}, { tenant: "" }, { tenant: "north.or" }]) {
    const { client } = await join(await sign({ claims }));
    await assert.rejects(client.subscribe("com.example..news"));
    await assert.rejects(client.subscribe("com.example.north.or.news"));
    client.disconnect();
  }
});
