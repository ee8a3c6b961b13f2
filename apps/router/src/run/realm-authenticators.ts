import {
  type AttemptLimit,
  type AttemptLimiter,
  attemptLimiter,
  authenticatorWith,
  type CookieAuthentication,
  cryptosign,
  type HashQueue,
  scram,
  ticket,
  tls,
  wampcra,
  wampScram,
} from "@kreuz/auth";
import { anonymous, type Authenticator, type Metrics } from "@kreuz/router";
import type { AttemptLimitConfig, AuthConfig } from "../config/auth-config.js";
import { type CredentialContext, openCredentials } from "./credential-sources.js";

/** What the authentication of a realm needs besides its config. */
export interface AuthContext extends CredentialContext {
  readonly metrics: Metrics;
  /** Computes the hashes of tickets, for all realms. */
  readonly hashes: HashQueue;
  /** Absent: the transports set no cookies. */
  readonly cookies?: CookieAuthentication | undefined;
  /** Methods of packages, by name. */
  readonly methods: ReadonlyMap<string, Authenticator>;
}

/**
 * Creates the authenticators of a realm.
 *
 * @throws ConfigError or Error if credentials are invalid or cannot be read.
 */
export async function realmAuthenticators(auth: AuthConfig, context: AuthContext): Promise<Authenticator[]> {
  const cookie = auth.cookie === undefined ? undefined : context.cookies?.renewed();
  const limited = limiterOf(auth, context);
  const remembered = await rememberedAuthenticators(auth, context);
  const named = Array.from(context.methods, ([method, authenticator]) => underName(method, authenticator));
  const authenticators = [...remembered, ...named].map((method) => withCookie(cookie, limited(method)));
  if (cookie !== undefined) authenticators.push(cookie.authenticator);
  if (auth.tls !== undefined)
    authenticators.push(limited(tls({ store: await openCredentials("tls", auth.tls, context) })));
  if (auth.anonymous !== undefined) authenticators.push(anonymous({ authrole: auth.anonymous.role }));
  return authenticators;
}

/** Authenticators whose logins a cookie can repeat. */
async function rememberedAuthenticators(auth: AuthConfig, context: AuthContext): Promise<Authenticator[]> {
  const { clock, hashes } = context;
  const mocks = auth.mockChallengeSecret === undefined ? {} : { mockChallengeSecret: auth.mockChallengeSecret };
  const shared = { clock, ...mocks };
  const found: Authenticator[] = [];
  if (auth.ticket !== undefined)
    found.push(ticket({ store: await openCredentials("ticket", auth.ticket, context, { ...mocks, hashes }), clock }));
  if (auth.wampcra !== undefined)
    found.push(wampcra({ store: await openCredentials("wampcra", auth.wampcra, context), ...shared }));
  if (auth["wamp-scram"] !== undefined)
    found.push(wampScram({ store: await openCredentials("wamp-scram", auth["wamp-scram"], context), ...shared }));
  if (auth.scram !== undefined)
    found.push(scram({ store: await openCredentials("scram", auth.scram, context), ...shared }));
  if (auth.cryptosign !== undefined) {
    const { channelBinding, routerKey } = auth.cryptosign;
    const store = await openCredentials("cryptosign", auth.cryptosign, context);
    found.push(cryptosign({ store, ...shared, channelBinding, ...(routerKey === undefined ? {} : { routerKey }) }));
  }
  return found;
}

/** The config names the method, so that a package can serve under several names. */
function underName(method: string, authenticator: Authenticator): Authenticator {
  const named = authenticatorWith(authenticator, { method });
  // It is set up once, and not again under each name.
  delete named.setup;
  return named;
}

function withCookie(cookie: CookieAuthentication | undefined, authenticator: Authenticator): Authenticator {
  return cookie === undefined ? authenticator : cookie.remember(authenticator);
}

function limiterOf({ attempts }: AuthConfig, { clock, metrics }: AuthContext): AttemptLimiter {
  return attemptLimiter({
    clock,
    ...(attempts === undefined
      ? {}
      : {
          perAuthidAtAddress: attemptLimit(attempts.perAuthidAtAddress),
          perAddress: attemptLimit(attempts.perAddress),
          perAuthid: attemptLimit(attempts.perAuthid),
        }),
    onLimit: () => metrics.count("limit_authentication_attempts"),
  });
}

function attemptLimit(limit: AttemptLimitConfig | false): AttemptLimit | false {
  return limit && { failures: limit.failures, window: limit.windowMs };
}
