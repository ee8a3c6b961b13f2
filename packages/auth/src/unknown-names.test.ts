// Nobody can find out which names exist: a known name with a wrong proof and an unknown one get challenges of the same shape,
// the same answer, and the same work. The work is counted, not timed.
import type { Authenticator, AuthRequest } from "@kreuz/router";
import type * as Ed25519 from "@noble/curves/ed25519.js";
import type * as Hmac from "@noble/hashes/hmac.js";
import type * as Sha2 from "@noble/hashes/sha2.js";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { AccountStore, CryptosignAccounts, TicketAccounts } from "./accounts.js";
import { cryptosignClient, scramClient, ticketClient, wampcraClient, wampScramClient } from "./client/index.js";
import type { ClientMethod } from "./client/index.js";
import { cryptosign } from "./cryptosign/cryptosign.js";
import {
  dynamicCra,
  dynamicCryptosign,
  dynamicScram,
  dynamicTickets,
  dynamicWampScram,
} from "./dynamic/dynamic-stores.js";
import {
  generateCryptosignPair,
  hashCraSecret,
  hashScramPassword,
  hashTicket,
  type CryptosignPair,
} from "./hashing.js";
import { scram, wampScram } from "./scram/scram.js";
import { challenged, refused, request } from "./testing/requests.js";
import { ticket } from "./ticket.js";
import { wampcra } from "./wampcra.js";

const work = vi.hoisted(() => {
  // Other files of this process have loaded what is replaced here.
  vi.resetModules();
  return { counts: {} as Record<string, number> };
});

function countedAs<F extends (...args: never[]) => unknown>(name: string, original: F): F {
  const counting = (...args: Parameters<F>) => {
    work.counts[name] = (work.counts[name] ?? 0) + 1;
    return original(...args);
  };
  return Object.assign(counting as F, original);
}

vi.mock("@noble/hashes/hmac.js", async (load) => {
  const original = await load<typeof Hmac>();
  return { ...original, hmac: countedAs("hmac", original.hmac) };
});
vi.mock("@noble/hashes/sha2.js", async (load) => {
  const original = await load<typeof Sha2>();
  return { ...original, sha256: countedAs("sha256", original.sha256) };
});
vi.mock("@noble/curves/ed25519.js", async (load) => {
  const original = await load<typeof Ed25519>();
  return { ...original, ed25519: { ...original.ed25519, verify: countedAs("verify", original.ed25519.verify) } };
});
const deriveBits = vi.spyOn(crypto.subtle, "deriveBits");

beforeEach(() => {
  work.counts = {};
  deriveBits.mockClear();
});
// The next file loads the modules as they are.
afterAll(() => vi.resetModules());

/** What was computed, and how the parts of the challenge look. */
interface Trace {
  readonly challenge: unknown;
  readonly work: unknown;
  readonly answer: unknown;
}

/** Strings by their length, so that two challenges of the same shape look the same. */
function shapeOf(value: unknown): unknown {
  if (typeof value === "string" && value.startsWith("{")) return shapeOf(JSON.parse(value) as unknown);
  if (typeof value === "string") return `text of ${value.length}`;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

/** Lets a client try to log in with a wrong secret, and counts the router's work. */
async function trace(authenticator: Authenticator, client: ClientMethod, authid: string | undefined): Promise<Trace> {
  const asked: AuthRequest = request({ ...(authid === undefined ? {} : { authid }), authextra: client.authextra });
  const count = (): object => ({ ...work.counts, deriveBits: deriveBits.mock.calls.length });
  const reset = (): void => {
    work.counts = {};
    deriveBits.mockClear();
  };
  reset();
  const step = await challenged(authenticator, asked);
  const begun = count();
  const { signature, extra } = await client.respond(step.extra);
  reset();
  const { detail: _forTheLog, ...answer } = await refused(step.respond(signature, extra));
  return { challenge: shapeOf(step.extra), work: [begun, count()], answer };
}

const NAMES = { known: ["joe01", "sue02", "ann03"], unknown: ["bob04", "eve05", "max06", "tom07"] };

async function accountsOf<T>(make: (name: string) => Promise<T>): Promise<Record<string, T>> {
  const entries: (readonly [string, T])[] = [];
  for (const name of NAMES.known) entries.push([name, await make(name)]);
  return Object.fromEntries(entries);
}

const pairs: readonly CryptosignPair[] = Array.from({ length: 9 }, () => generateCryptosignPair());
const threeKeys = (name: string): string[] => {
  const first = 3 * NAMES.known.indexOf(name);
  return pairs.slice(first, first + 3).map(({ publicKey }) => publicKey);
};
const stranger = generateCryptosignPair();
/** Signs with a key that no account has, without telling it. */
const keyless: () => ClientMethod = () => ({ ...cryptosignClient(stranger), authextra: {} });

type Method = readonly [
  name: string,
  authenticator: () => Promise<Authenticator>,
  client: (authid: string) => ClientMethod,
];

const METHODS: readonly Method[] = [
  [
    "ticket, plain",
    async () =>
      ticket({ store: new TicketAccounts(await accountsOf(async () => ({ authrole: "user", ticket: "a" }))) }),
    () => ticketClient("wrong"),
  ],
  [
    "ticket, hashed",
    async () => {
      const make = async () => ({ authrole: "user", ticketHash: await hashTicket("a", { iterations: 10 }) });
      return ticket({ store: new TicketAccounts(await accountsOf(make)) });
    },
    () => ticketClient("wrong"),
  ],
  [
    "wampcra, plain",
    async () =>
      wampcra({ store: new AccountStore(await accountsOf(async () => ({ authrole: "user", secret: "secret" }))) }),
    () => wampcraClient("wrong"),
  ],
  [
    "wampcra, salted, with another authid",
    async () => {
      const make = async (name: string) => {
        const salted = await hashCraSecret("secret", { iterations: 10 });
        return { authrole: "user", authid: `${name}@example`, ...salted };
      };
      return wampcra({ store: new AccountStore(await accountsOf(make)) });
    },
    () => wampcraClient("wrong"),
  ],
  ...(["wamp-scram", "scram"] as const).map((method): Method => {
    const kdf = method === "scram" ? "argon2id-13" : "argon2id13";
    const make = async () => ({
      authrole: "user",
      ...(await hashScramPassword("secret", { kdf, iterations: 1, memory: 8 })),
    });
    const create = method === "scram" ? scram : wampScram;
    const client = method === "scram" ? scramClient : wampScramClient;
    return [
      method,
      async () => create({ store: new AccountStore(await accountsOf(make)) }),
      (authid) => client({ authid, password: "wrong" }),
    ];
  }),
  [
    "cryptosign, with a public key",
    async () =>
      cryptosign({
        store: new CryptosignAccounts(await accountsOf(async (name) => ({ authrole: "user", keys: threeKeys(name) }))),
      }),
    () => cryptosignClient(stranger),
  ],
  [
    "cryptosign, without a public key, accounts of several keys",
    async () =>
      cryptosign({
        store: new CryptosignAccounts(await accountsOf(async (name) => ({ authrole: "user", keys: threeKeys(name) }))),
      }),
    keyless,
  ],
];

/** The methods again, with accounts that a procedure of the application gives. */
const DYNAMIC: readonly Method[] = [
  [
    "ticket",
    async () => ticket({ store: dynamicTickets((_realm, name) => known(name) && undefined) }),
    () => ticketClient("wrong"),
  ],
  [
    "wampcra",
    async () => {
      const salted = await hashCraSecret("secret", { iterations: 10 });
      return wampcra({ store: dynamicCra((_realm, name) => known(name) && { role: "user", ...salted }) });
    },
    () => wampcraClient("wrong"),
  ],
  ...(["wamp-scram", "scram"] as const).map((method): Method => {
    const kdf = method === "scram" ? "argon2id-13" : "argon2id13";
    return [
      method,
      async () => {
        const record = await hashScramPassword("secret", { kdf, iterations: 1, memory: 8 });
        const source = (_realm: string, name?: string) => known(name) && { role: "user", ...record };
        return method === "scram"
          ? scram({ store: dynamicScram(source) })
          : wampScram({ store: dynamicWampScram(source) });
      },
      (authid) => (method === "scram" ? scramClient : wampScramClient)({ authid, password: "wrong" }),
    ];
  }),
  [
    "cryptosign",
    async () => {
      const source = (_realm: string, name?: string) => known(name) && { role: "user", keys: threeKeys(name ?? "") };
      return cryptosign({ store: dynamicCryptosign(source) });
    },
    keyless,
  ],
];

/** Whether the procedure knows the name; its calls count as work. */
function known(name: string | undefined): true | undefined {
  work.counts["procedure"] = (work.counts["procedure"] ?? 0) + 1;
  return name !== undefined && NAMES.known.includes(name) ? true : undefined;
}

describe.each([
  ["accounts in memory", METHODS],
  ["accounts from a procedure", DYNAMIC],
])("%s", (_where, methods) => {
  it.each(methods)("%s: an unknown name costs and shows what a known one does", async (_name, create, client) => {
    const authenticator = await create();
    // The first known one is the sample of a dynamic store.
    const expected = await trace(authenticator, client("joe01"), "joe01");
    expect(expected.work).not.toEqual([{ deriveBits: 0 }, { deriveBits: 0 }]);
    for (const name of [...NAMES.known, ...NAMES.unknown])
      expect(await trace(authenticator, client(name), name), name).toEqual(expected);
  });

  it.each(methods)("%s: a name gets the same challenge each time, but for nonces", async (_name, create, client) => {
    const authenticator = await create();
    await challenged(authenticator, request({ authid: "joe01", authextra: client("joe01").authextra }));
    for (const authid of [...NAMES.known, ...NAMES.unknown]) {
      const asked = request({ authid, authextra: client(authid).authextra });
      const [first, second] = [await challenged(authenticator, asked), await challenged(authenticator, asked)];
      for (const field of ["salt", "iterations", "memory", "kdf", "keylen"])
        expect(second.extra[field], field).toEqual(first.extra[field]);
    }
  });
});
