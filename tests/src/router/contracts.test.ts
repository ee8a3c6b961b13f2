// The contracts that strangers test their extensions with, on the built-in ones.
import {
  AccountStore,
  cookieAuthentication,
  type CredentialSource,
  cryptosign,
  CryptosignAccounts,
  dynamicCra,
  dynamicCryptosign,
  dynamicScram,
  dynamicTickets,
  dynamicTls,
  dynamicWampScram,
  limitAttempts,
  MemoryCookieStore,
  scram,
  TicketAccounts,
  ticket,
  tls,
  TlsAccounts,
  wampcra,
  wampScram,
} from "@kreuz/auth";
import {
  type ClientMethod,
  cryptosignClient,
  scramClient,
  ticketClient,
  wampcraClient,
  wampScramClient,
} from "@kreuz/auth/client";
import { generateCryptosignPair, hashScramPassword } from "@kreuz/auth/hashing";
import { ErrorUri, type Uri } from "@kreuz/codec";
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
import { type AuthorizeFunction, dynamicAuthorizer, rbac } from "@kreuz/rbac";
import { registryMeta } from "@kreuz/registry-meta";
import {
  allowAll,
  anonymous,
  type Authenticator,
  type AuthRequest,
  type AuthStep,
  authorizeByRole,
  type RealmContext,
  type RealmPart,
} from "@kreuz/router";
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

const cosigner = generateCryptosignPair();
const password = await hashScramPassword("a secret", { kdf: "pbkdf2", iterations: 4096 });
const certificate = { fingerprint: "ab".repeat(32), commonName: "joe" };

describe("authenticators", () => {
  contract("anonymous", authenticatorContract({ create: () => anonymous(), hello: {} }));
  contract(
    "ticket",
    authenticatorContract({
      create: () => ticket({ store: joesTicket() }),
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
  const joesPassword = new AccountStore({ joe: { authrole: "user", ...password } });
  const scrams = { store: joesPassword, client: { authid: "joe", password: "a secret" } };
  contract(
    "scram",
    byClient(() => scram(scrams), scramClient(scrams.client)),
  );
  contract(
    "wamp-scram",
    byClient(() => wampScram(scrams), wampScramClient(scrams.client)),
  );
  const keys = new CryptosignAccounts({ joe: { authrole: "user", keys: [cosigner.publicKey] } });
  contract(
    "cryptosign",
    byClient(() => cryptosign({ store: keys }), cryptosignClient(cosigner)),
  );
  contract(
    "tls",
    authenticatorContract({
      create: () => tls({ store: new TlsAccounts({ joe: { authrole: "user", commonName: "joe" } }) }),
      hello: {},
      evidence: { certificate },
    }),
  );
  contract(
    "cookie",
    authenticatorContract({
      create: (realm) => {
        const store = new MemoryCookieStore();
        const cookies = cookieAuthentication(store);
        cookies.remember(ticket({ store: joesTicket() }));
        const joe = { authid: "joe", authrole: "user", authprovider: "static" };
        store.bind("a cookie", realm, { ...joe, authmethod: "ticket", loginAuthid: "joe" });
        return cookies.authenticator;
      },
      hello: {},
      evidence: { cookie: "a cookie" },
    }),
  );
});

describe("authenticators that ask a procedure", () => {
  /** Knows Joe, and nobody else. */
  const answering =
    (answer: object): CredentialSource =>
    async (_realm, authid) =>
      authid === "joe" ? answer : undefined;
  const user = { role: "user" };
  contract(
    "ticket",
    authenticatorContract({
      create: () =>
        ticket({
          store: dynamicTickets(async (_realm, authid, details) =>
            authid === "joe" && details["ticket"] === "a ticket" ? user : undefined,
          ),
        }),
      hello: { authid: "joe" },
      answer: (extra) => ticketClient("a ticket").respond(extra),
    }),
  );
  contract(
    "wampcra",
    authenticatorContract({
      create: () => wampcra({ store: dynamicCra(answering({ ...user, secret: "a secret" })) }),
      hello: { authid: "joe" },
      answer: (extra) => wampcraClient("a secret").respond(extra),
    }),
  );
  const client = { authid: "joe", password: "a secret" };
  const record = answering({
    ...user,
    ...password,
    "stored-key": password.storedKey,
    "server-key": password.serverKey,
  });
  contract(
    "scram",
    byClient(() => scram({ store: dynamicScram(record) }), scramClient(client)),
  );
  contract(
    "wamp-scram",
    byClient(() => wampScram({ store: dynamicWampScram(record) }), wampScramClient(client)),
  );
  const keys = answering({ ...user, pubkey: cosigner.publicKey });
  contract(
    "cryptosign",
    byClient(() => cryptosign({ store: dynamicCryptosign(keys) }), cryptosignClient(cosigner)),
  );
  contract(
    "tls",
    authenticatorContract({
      create: () => tls({ store: dynamicTls(answering(user)) }),
      hello: { authid: "joe" },
      evidence: { certificate },
    }),
  );
});

describe("authenticators with limited attempts", () => {
  contract(
    "an instance of a class",
    authenticatorContract({
      create: () => limitAttempts(new Knock("sesame")),
      hello: { authid: "joe" },
      evidence: { cookie: "any" },
      answer: () => "sesame",
    }),
  );
});

/** A method as somebody may write it who prefers classes. */
class Knock implements Authenticator, RealmPart {
  readonly method = "knock";
  readonly #word: string;
  #realm: Uri | undefined;

  constructor(word: string) {
    this.#word = word;
  }

  setup({ uri }: RealmContext): void {
    this.#realm = uri;
  }

  applies({ evidence, realm }: AuthRequest): boolean {
    return realm === this.#realm && evidence.cookie !== undefined;
  }

  begin({ authid = "" }: AuthRequest): AuthStep {
    const respond = (signature: string): AuthStep =>
      signature === this.#word
        ? { type: "accept", authid, authrole: "user", authprovider: "static" }
        : { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message: "no", detail: "wrong word" };
    return { type: "challenge", extra: {}, respond };
  }
}

function joesTicket(): TicketAccounts {
  return new TicketAccounts({ joe: { authrole: "user", ticket: "a ticket" } });
}

/** The contract of a method that begins with HELLO. */
function byClient(create: () => Authenticator, client: ClientMethod): ContractCase[] {
  return authenticatorContract({
    create,
    hello: { authid: "joe", authextra: client.authextra },
    answer: (extra) => client.respond(extra),
  });
}

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
  const ofUsers: AuthorizeFunction = async ({ authrole }, _uri, action) =>
    authrole === "user" && { allow: action !== "register", cache: true, disclose: true };
  contract(
    "dynamicAuthorizer",
    authorizerContract(() => dynamicAuthorizer({ authorize: ofUsers }), { roles: ["user"] }),
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
