import {
  type AttemptLimit,
  type AttemptLimiter,
  attemptLimiter,
  type CookieAuthentication,
  cookieAuthentication,
  type CookieStore,
  cryptosign,
  scram,
  ticket,
  tls,
  wampcra,
  wampScram,
} from "@kreuz/auth";
import { anonymous, type Authenticator, type Metrics, type Plugin } from "@kreuz/router";
import type { AttemptConfig, AuthConfig } from "../config/auth-config.js";
import { type AccountSurroundings, accountsOf } from "./credential-sources.js";

/** What the authentication of a realm needs besides its config. */
export interface AuthSurroundings extends AccountSurroundings {
  readonly metrics: Metrics;
  /** Absent: the transports set no cookies. */
  readonly cookies?: CookieStore | undefined;
}

/** The ways into a realm, and a plugin that sees to it that cookies end with their sessions. */
export interface RealmAuthentication {
  readonly authenticators: readonly Authenticator[];
  readonly plugins: readonly Plugin[];
}

/**
 * The authenticators that a config asks for.
 *
 * @throws ConfigError or Error when accounts cannot be used.
 */
export async function realmAuthentication(
  auth: AuthConfig,
  surroundings: AuthSurroundings,
): Promise<RealmAuthentication> {
  const { cookies, metrics } = surroundings;
  const jar = auth.cookie === undefined || cookies === undefined ? undefined : cookieAuthentication(cookies);
  const limited = limiterOf(auth, metrics);
  const proving = await provingAuthenticators(auth, surroundings);
  const authenticators = proving.map((authenticator) => remembered(jar, limited(authenticator)));
  if (jar !== undefined) authenticators.push(jar.authenticator);
  if (auth.tls !== undefined)
    authenticators.push(limited(tls({ store: await accountsOf("tls", auth.tls, surroundings) })));
  if (auth.anonymous !== undefined) authenticators.push(anonymous({ authrole: auth.anonymous.role }));
  return { authenticators, plugins: jar === undefined ? [] : [jar.plugin] };
}

/** Those by which a client proves something itself, and that a cookie may stand for afterwards. */
async function provingAuthenticators(auth: AuthConfig, surroundings: AuthSurroundings): Promise<Authenticator[]> {
  const mocks = auth.mockChallengeSecret === undefined ? {} : { mockChallengeSecret: auth.mockChallengeSecret };
  const found: Authenticator[] = [];
  if (auth.ticket !== undefined) found.push(ticket({ store: await accountsOf("ticket", auth.ticket, surroundings) }));
  if (auth.wampcra !== undefined)
    found.push(wampcra({ store: await accountsOf("wampcra", auth.wampcra, surroundings), ...mocks }));
  if (auth["wamp-scram"] !== undefined)
    found.push(wampScram({ store: await accountsOf("wamp-scram", auth["wamp-scram"], surroundings), ...mocks }));
  if (auth.scram !== undefined)
    found.push(scram({ store: await accountsOf("scram", auth.scram, surroundings), ...mocks }));
  if (auth.cryptosign !== undefined) {
    const { channelBinding, routerKey } = auth.cryptosign;
    const store = await accountsOf("cryptosign", auth.cryptosign, surroundings);
    found.push(cryptosign({ store, channelBinding, ...(routerKey === undefined ? {} : { routerKey }) }));
  }
  return found;
}

function remembered(jar: CookieAuthentication | undefined, authenticator: Authenticator): Authenticator {
  return jar === undefined ? authenticator : jar.remember(authenticator);
}

function limiterOf({ attempts }: AuthConfig, metrics: Metrics): AttemptLimiter {
  return attemptLimiter({
    ...(attempts === undefined
      ? {}
      : { perAddress: limitOf(attempts.perAddress), perAuthid: limitOf(attempts.perAuthid) }),
    onLimit: () => metrics.count("limit_authentication_attempts"),
  });
}

function limitOf(limit: AttemptConfig | false): AttemptLimit | false {
  return limit && { failures: limit.failures, window: limit.windowMs };
}
