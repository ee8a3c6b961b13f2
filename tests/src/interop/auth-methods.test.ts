// Tests logging in with real clients over WebSocket, with valid and with invalid credentials.
import { AccountStore, cryptosign, CryptosignAccounts, ticket, TicketAccounts, wampcra } from "@kreuz/auth";
import { generateCryptosignPair, hashCraSecret, hashTicket } from "@kreuz/auth/hashing";
import { json } from "@kreuz/codec/json";
import { allowAll, type Router } from "@kreuz/router";
import { listenWebSocket, type TransportListener } from "@kreuz/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRouters } from "../support/index.js";
import { until } from "../support/wait.js";
import { autobahnLogin, logInByKeyAlone, wampyLogin, type Credential, type Outcome } from "./clients/log-in.js";

const REALM = "com.example.realm";
const DENIED: Outcome = { abort: "wamp.error.authentication_denied" };
const device = generateCryptosignPair();
const unknown = generateCryptosignPair();

let routers: readonly Router[];
/** Of the router; of two, of the second. */
let listener: TransportListener;

beforeAll(async () => {
  const salted = await hashCraSecret("pässword", { iterations: 100, keylen: 16 });
  routers = await openRouters({
    realms: [
      {
        uri: REALM,
        authorizer: allowAll,
        roles: ["user", "device"],
        authenticators: [
          ticket({
            store: new TicketAccounts({
              joe: { authrole: "user", ticket: "secret!!!" },
              ann: { authrole: "user", ticketHash: await hashTicket("secret!!!", { iterations: 100 }) },
            }),
          }),
          wampcra({
            store: new AccountStore({
              joe: { authrole: "user", secret: "secret2" },
              peter: { authrole: "user", ...salted },
              roleless: { authrole: "nobody", secret: "secret2" },
            }),
          }),
          cryptosign({ store: new CryptosignAccounts({ device1: { authrole: "device", keys: [device.publicKey] } }) }),
        ],
      },
    ],
  });
  listener = await listenWebSocket(routers.at(-1)!, { codecs: [json], port: 0 });
});

afterAll(async () => {
  await routers[0]!.close();
  await listener.close();
});

const welcome = (authid: string, authmethod: string, authrole = "user"): Outcome => ({
  authid,
  authrole,
  authmethod,
  authprovider: "static",
});
const key = ({ privateKey, publicKey }: typeof device): Credential => ({ method: "cryptosign", privateKey, publicKey });

const CASES: readonly (readonly [what: string, authid: string, credential: Credential, outcome: Outcome])[] = [
  ["the right ticket", "joe", { method: "ticket", ticket: "secret!!!" }, welcome("joe", "ticket")],
  ["the right ticket, kept as a hash", "ann", { method: "ticket", ticket: "secret!!!" }, welcome("ann", "ticket")],
  ["a wrong ticket", "joe", { method: "ticket", ticket: "secret" }, DENIED],
  ["a wrong ticket for the hash", "ann", { method: "ticket", ticket: "secret" }, DENIED],
  ["an unknown name with a ticket", "nobody", { method: "ticket", ticket: "secret!!!" }, DENIED],
  ["the right secret", "joe", { method: "wampcra", secret: "secret2" }, welcome("joe", "wampcra")],
  ["the right password, salted", "peter", { method: "wampcra", secret: "pässword" }, welcome("peter", "wampcra")],
  ["a wrong secret", "joe", { method: "wampcra", secret: "secret1" }, DENIED],
  ["a wrong password, salted", "peter", { method: "wampcra", secret: "password" }, DENIED],
  ["an unknown name with a secret", "nobody", { method: "wampcra", secret: "secret2" }, DENIED],
  [
    "a role that does not exist",
    "roleless",
    { method: "wampcra", secret: "secret2" },
    { abort: "wamp.error.no_such_role" },
  ],
  ["the right key", "device1", key(device), welcome("device1", "cryptosign", "device")],
  ["an unknown key", "device1", key(unknown), DENIED],
  [
    "a key other than the one that it sent",
    "device1",
    { ...key(device), privateKey: unknown.privateKey } as Credential,
    DENIED,
  ],
  ["an unknown name with a key", "nobody", key(device), DENIED],
];

describe.each([autobahnLogin, wampyLogin])("$name", ({ logIn }) => {
  test.each(CASES)("%s", async (_what, authid, credential, outcome) => {
    expect(await logIn({ url: listener.url, realm: REALM, authid, credential })).toEqual(outcome);
  });
});

describe("Autobahn|JS with nothing but a key pair", () => {
  test("is identified by it", async () => {
    const outcome = await logInByKeyAlone(listener.url, REALM, device.privateKey);
    expect(outcome).toEqual(welcome("device1", "cryptosign", "device"));
  });

  test("an unknown key is refused", async () => {
    expect(await logInByKeyAlone(listener.url, REALM, unknown.privateKey)).toEqual(DENIED);
  });
});

test("no connection is left", async () => {
  await until("all connections to close", () => routers.every(({ connections }) => connections === 0));
});
