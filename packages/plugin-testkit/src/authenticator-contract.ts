import {
  type Dict,
  type HelloDetails,
  MessageType,
  type PeerEvidence,
  type Uri,
  WampError,
  type Welcome,
} from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { allowAll, type Authenticator, createRouter, type RealmPart } from "@kreuz/router";
import { type AnswerChallenge, check, type ContractCase, FakeClock, settle, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { type LogLine, recordInto } from "./record-log.js";

const REALM: Uri = "com.example.realm";

/** How the cases log in. */
export interface AuthenticatorHarness {
  /** Makes one that knows the client. @param realm - that the client joins. */
  create(realm: Uri): Authenticator & RealmPart;
  /** What the client says in HELLO: `authid`, `authextra`. */
  readonly hello: Dict;
  /** What the transport proves of the client, such as a certificate. Absent: the method looks at none of it. */
  readonly evidence?: PeerEvidence;
  /** The right answer to CHALLENGE. Absent: the method sends none. */
  readonly answer?: AnswerChallenge;
}

/** Signatures that no method should take, nor take long for. */
const WRONG: readonly (readonly [name: string, signature: string])[] = [
  ["an empty signature", ""],
  ["a wrong signature", "wrong"],
  ["a huge signature", "a".repeat(15_000)],
  ["a signature of odd characters", "\u0000\uFFFF🦊"],
];

/** What holds for every authenticator. */
export function authenticatorContract(harness: AuthenticatorHarness): ContractCase[] {
  const wrong = harness.answer === undefined ? [] : WRONG;
  return [
    onRouter(harness, "lets a client in that proves itself, and says by which method", async ({ join }) => {
      const { details } = await join(harness.answer);
      check(
        details.authmethod === harness.create(REALM).method,
        `WELCOME names the method ${String(details.authmethod)}`,
      );
      check(typeof details.authid === "string" && details.authid !== "", "WELCOME has no authid");
    }),
    onRouter(harness, "does not show attributes to the client", async ({ join }) => {
      const { details } = await join(harness.answer);
      check(!("attributes" in details), "WELCOME has attributes");
    }),
    ...wrong.map(([name, signature]) =>
      onRouter(harness, `refuses ${name}, and tells the client nothing of the reason`, async ({ join, log }) => {
        const refusal = await join(() => signature).catch((error: unknown) => error);
        check(refusal instanceof WampError, `expected ABORT, got ${String(refusal)}`);
        const details = log.flatMap(({ fields }) => (typeof fields["detail"] === "string" ? [fields["detail"]] : []));
        const told = details.find((detail) => detail !== "" && refusal.message.includes(detail));
        check(told === undefined, `ABORT has the true reason: ${told}; it is for the log`);
      }),
    ),
    onRouter(harness, "refuses a client that is nobody", async ({ join }) => {
      const nobody = { hello: { authid: "no-such-client", authextra: {} }, evidence: {} };
      const refusal = await join(harness.answer ?? (() => "wrong"), nobody).catch((error: unknown) => error);
      const isAnonymous = wrong.length === 0 && !("authid" in harness.hello) && harness.evidence === undefined;
      check(isAnonymous || refusal instanceof WampError, "a client that is nobody was let in");
    }),
    onRouter(harness, "leaves nothing behind of a client that goes in the middle", async ({ connect, hello }) => {
      const client = connect();
      client.send({ type: MessageType.HELLO, realm: REALM, details: hello() });
      await settle();
      client.disconnect();
      await settle();
    }),
  ];
}

interface Parts {
  readonly log: readonly LogLine[];
  connect(): WireSession;
  hello(): HelloDetails;
  join(answer: AnswerChallenge | undefined, other?: { hello: Dict; evidence: PeerEvidence }): Promise<Welcome>;
}

/** A case with a router of its own, which must leave no timer behind. */
function onRouter(harness: AuthenticatorHarness, name: string, body: (parts: Parts) => Promise<void>): ContractCase {
  return {
    name,
    async run() {
      const [clock, log] = [new FakeClock(Date.now()), [] as LogLine[]];
      const authenticator = harness.create(REALM);
      const setUp = { name: "setup", setup: async (realm: never) => authenticator.setup?.(realm) };
      const router = await createRouter({
        clock,
        logger: recordInto(log),
        realms: [{ uri: REALM, authorizer: allowAll, authenticators: [authenticator], plugins: [setUp] }],
      });
      const hello = (more: Dict = {}): Dict => ({ authmethods: [authenticator.method], ...harness.hello, ...more });
      const connect = (evidence: PeerEvidence = harness.evidence ?? {}): WireSession => {
        const client = new WireSession({ turns: 20_000 });
        connectMemory(router, client, { codec: json, clock, evidence });
        return client;
      };
      try {
        const join: Parts["join"] = (answer, other) =>
          connect(other?.evidence).join(REALM, hello(other?.hello), ...(answer === undefined ? [] : [answer]));
        await body({ log, connect, hello: () => ({ roles: { caller: {} }, ...hello() }), join });
      } finally {
        await router.close();
      }
      await settle();
      check(clock.pending === 0, `it left ${clock.pending} timers behind`);
    },
  };
}
