// The contracts that strangers test their extensions with, on the built-in ones.
import { AccountStore, cryptosign, CryptosignAccounts, TicketAccounts, ticket, wampcra } from "@kreuz/auth";
import { cryptosignClient, ticketClient, wampcraClient } from "@kreuz/auth/client";
import { generateCryptosignPair } from "@kreuz/auth/hashing";
import { eventHistory, memoryStore } from "@kreuz/event-history";
import { eventStoreContract } from "@kreuz/event-history/contract";
import { UriGroups } from "@kreuz/metrics";
import { payloadSchema } from "@kreuz/payload-schema";
import {
  authenticatorContract,
  authorizerContract,
  type ContractCase,
  extensionContract,
  pluginContract,
} from "@kreuz/plugin-testkit";
import { rbac } from "@kreuz/rbac";
import { registryMeta } from "@kreuz/registry-meta";
import { allowAll, anonymous, authorizeByRole } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { testament } from "@kreuz/testament";
import { describe, it } from "vitest";

function contract(name: string, cases: readonly ContractCase[]): void {
  describe(`the contract of ${name}`, () => {
    it.each(cases)("$name", ({ run }) => run());
  });
}

describe("every extension", () => {
  for (const extension of [sessionMeta, registryMeta, testament, eventHistory, payloadSchema])
    contract(extension.name, extensionContract(extension));
});

describe("plugins", () => {
  contract(
    "session-meta",
    pluginContract(() => sessionMeta()),
  );
  contract(
    "registry-meta",
    pluginContract(() => registryMeta()),
  );
  contract(
    "testament",
    pluginContract(() => testament()),
  );
  contract(
    "event-history",
    pluginContract(() => eventHistory({ topics: [{ uri: "com.example", match: "prefix" }] })),
  );
  contract(
    "payload-schema",
    pluginContract(() => payloadSchema({ rules: [{ uri: "com.example.echo", args: { type: "array" } }] })),
  );
  contract(
    "the groups of @kreuz/metrics",
    pluginContract(() => new UriGroups([{ name: "all", uri: "", match: "prefix" }]).plugin()),
  );
});

describe("authenticators", () => {
  contract("anonymous", authenticatorContract({ create: () => anonymous(), hello: {} }));
  contract(
    "ticket",
    authenticatorContract({
      create: () => ticket({ store: new TicketAccounts({ joe: { authrole: "user", ticket: "a ticket" } }) }),
      hello: { authid: "joe" },
      answer: (extra) => ticketClient("a ticket").respond(extra),
    }),
  );
  contract(
    "wampcra",
    authenticatorContract({
      create: () => wampcra({ store: new AccountStore({ joe: { authrole: "user", secret: "a secret" } }) }),
      hello: { authid: "joe" },
      answer: (extra) => wampcraClient("a secret").respond(extra),
    }),
  );
  const { privateKey, publicKey } = generateCryptosignPair();
  const client = cryptosignClient({ privateKey });
  contract(
    "cryptosign",
    authenticatorContract({
      create: () => cryptosign({ store: new CryptosignAccounts({ joe: { authrole: "user", keys: [publicKey] } }) }),
      hello: { authid: "joe", authextra: client.authextra ?? {} },
      answer: (extra) => client.respond(extra),
    }),
  );
});

describe("authorizers", () => {
  contract(
    "rbac",
    authorizerContract(
      () => rbac({ roles: [{ name: "user", permissions: [{ uri: "com", match: "prefix", allow: { call: true } }] }] }),
      { roles: ["user"] },
    ),
  );
  contract(
    "authorizeByRole",
    authorizerContract(() => authorizeByRole({ user: "allow" }), { roles: ["user"] }),
  );
});

describe("stores of events", () => {
  contract("in memory", eventStoreContract({ open: memoryStore(), openWith: (limits) => memoryStore(limits) }));
});

// The cases can fail: this authorizer allows everything to everybody.
it("an authorizer that allows everything breaks the contract", async () => {
  const cases = authorizerContract(() => allowAll, { roles: [] });
  const failed = await Promise.all(
    cases.map(({ run }) =>
      run().then(
        () => false,
        () => true,
      ),
    ),
  );
  if (!failed.includes(true)) throw new Error("no case failed");
});
