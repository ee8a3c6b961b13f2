import { type Authorizer, createRouter, type Decision, type RealmContext, type RealmPart } from "@kreuz/router";
import { check, type ContractCase, FakeClock } from "@kreuz/testkit";

const REALM = "com.example.realm";
const ROLE_OF_NOBODY = "no-such-role";
/** Questions that every authorizer is asked sooner or later. */
const QUESTIONS = [
  { type: "call", uri: "com.example.procedure", match: "exact" },
  { type: "publish", uri: "com.example.topic", match: "exact" },
  { type: "register", uri: "com.example.procedure", match: "exact" },
  // All topics at once.
  { type: "subscribe", uri: "", match: "prefix" },
  { type: "subscribe", uri: "com..topic", match: "wildcard" },
  { type: "register", uri: "", match: "prefix" },
  // Of requests that were made before permissions changed, the options are not known any more.
  { type: "call", uri: "wamp.session.kill", match: "exact", options: {} },
] as const;

/** What holds for every authorizer. @param roles - those that it knows. */
export function authorizerContract(
  make: () => Authorizer & RealmPart,
  { roles }: { readonly roles: readonly string[] },
): ContractCase[] {
  return [
    {
      name: "decides about every kind of action, for patterns and without options, too",
      run: () =>
        withAuthorizer(make(), async (authorizer) => {
          for (const authrole of [...roles, ROLE_OF_NOBODY])
            for (const action of QUESTIONS) {
              const decision: unknown = await authorizer.authorize(session(authrole), action);
              const { type, uri, match } = action;
              check(
                isDecision(decision),
                `${type} of ${match} "${uri}": expected true, false or a permit, got ${JSON.stringify(decision)}`,
              );
            }
        }),
    },
    {
      name: "allows nothing to a role that nobody has",
      run: () =>
        withAuthorizer(make(), async (authorizer) => {
          for (const action of QUESTIONS)
            check(
              (await authorizer.authorize(session(ROLE_OF_NOBODY), action)) === false,
              `${action.type} of ${action.match} "${action.uri}" was allowed to the role ${ROLE_OF_NOBODY}`,
            );
        }),
    },
    {
      name: "decides alike when it is asked again",
      run: () =>
        withAuthorizer(make(), async (authorizer) => {
          for (const authrole of roles)
            for (const action of QUESTIONS) {
              const [one, other] = [
                await authorizer.authorize(session(authrole), action),
                await authorizer.authorize(session(authrole), action),
              ];
              check(
                JSON.stringify(one) === JSON.stringify(other),
                `${action.type} "${action.uri}": ${JSON.stringify(one)}, then ${JSON.stringify(other)}`,
              );
            }
        }),
    },
  ];
}

/** Sets the authorizer up in a realm. */
async function withAuthorizer(
  authorizer: Authorizer & RealmPart,
  body: (authorizer: Authorizer) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const setUp = { name: "setup", setup: async (realm: RealmContext) => authorizer.setup?.(realm) };
  const router = await createRouter({ clock, realms: [{ uri: REALM, authorizer, plugins: [setUp] }] });
  try {
    await body(authorizer);
  } finally {
    await router.close();
  }
  check(clock.pending === 0, `it left ${clock.pending} timers behind`);
}

function session(authrole: string) {
  const transport = { type: "memory", protocol: "wamp.2.json", serializer: "json" };
  return { session: 1, authid: "joe", authrole, authmethod: "ticket", authprovider: "test", transport } as never;
}

function isDecision(value: unknown): value is Decision {
  if (typeof value === "boolean") return true;
  return typeof value === "object" && value !== null && (value as { allow?: unknown }).allow === true;
}
