import { ErrorUri, WampError, type Dict, type Payload, type Uri } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import type { CryptosignCredential } from "../cryptosign/cryptosign.js";
import type { CredentialStore, Principal } from "../principal.js";
import type { ScramCredential } from "../scram/record.js";
import type { TicketVerifier } from "../ticket.js";
import type { TlsCredential } from "../tls.js";
import type { CraCredential } from "../wampcra.js";
import { parseCraCredential, parseCryptosignCredential, parsePrincipal, parseScramCredential } from "./answers.js";

/**
 * Answers for each client, with the arguments and results of Crossbar.io's dynamic authenticators: a role, or a dict with
 * `role` and what the method needs. `undefined`, `null` and a thrown {@link WampError} deny the client; any other throw
 * is a failure. For a WAMP procedure, see {@link askProcedure}.
 */
export type CredentialSource = (realm: Uri, authid: string | undefined, details: Dict) => unknown;

/** Calls a procedure, as `LocalSession.call` does. */
export type CallProcedure = (procedure: Uri, payload: Payload) => Promise<Payload>;

/** Settings of the dynamic stores. */
export interface DynamicOptions {
  /** Sent as `WELCOME.Details.authprovider`. Default `dynamic`. */
  readonly provider?: string;
}

/** Errors that come from the router, not from the authenticator: they say nothing about the client. */
const CALL_FAILED: ReadonlySet<string> = new Set([
  ErrorUri.NO_SUCH_PROCEDURE,
  ErrorUri.NO_AVAILABLE_CALLEE,
  ErrorUri.MAX_CONCURRENCY_REACHED,
  ErrorUri.UNAVAILABLE,
  ErrorUri.NETWORK_FAILURE,
  ErrorUri.TIMEOUT,
  ErrorUri.CANCELED,
  ErrorUri.CANCELLED,
  ErrorUri.NOT_AUTHORIZED,
  ErrorUri.AUTHORIZATION_FAILED,
  ErrorUri.NO_SUCH_SESSION,
  ErrorUri.NO_SUCH_REALM,
  ErrorUri.INVALID_URI,
]);

/** A source that calls a WAMP procedure with `[realm, authid, details]` and takes its first result. */
export function askProcedure(call: CallProcedure, procedure: Uri): CredentialSource {
  return async (realm, authid, details) => {
    const result = await call(procedure, { args: [realm, authid ?? null, details] });
    return result.args?.[0];
  };
}

/** For the method `ticket`: `details` contains the ticket, the answer is a role. */
export function dynamicTickets(
  source: CredentialSource,
  { provider = "dynamic" }: DynamicOptions = {},
): TicketVerifier {
  return {
    provider,
    async verify(request, ticket) {
      const answer = await ask(source, "ticket", request, { ticket });
      return answer === undefined ? undefined : parsePrincipal(answer, request.realm);
    },
  };
}

/** For the method `wampcra`: the answer contains the secret and, for a salted one, its salt. */
export function dynamicCra(source: CredentialSource, options?: DynamicOptions): CredentialStore<CraCredential> {
  return dynamicStore(source, "wampcra", parseCraCredential, options);
}

/** For the method `wamp-scram`: the answer contains the record that is stored instead of the password. */
export function dynamicWampScram(source: CredentialSource, options?: DynamicOptions): CredentialStore<ScramCredential> {
  return dynamicStore(source, "wamp-scram", parseScramCredential, options);
}

/** For the method `scram`: as {@link dynamicWampScram}. */
export function dynamicScram(source: CredentialSource, options?: DynamicOptions): CredentialStore<ScramCredential> {
  return dynamicStore(source, "scram", parseScramCredential, options);
}

/** For the method `cryptosign`: the answer contains the public keys. */
export function dynamicCryptosign(
  source: CredentialSource,
  options?: DynamicOptions,
): CredentialStore<CryptosignCredential> {
  return dynamicStore(source, "cryptosign", parseCryptosignCredential, options);
}

/** For the method `tls`: `details.transport.client_cert` contains the certificate, the answer is a role. */
export function dynamicTls(source: CredentialSource, options?: DynamicOptions): CredentialStore<TlsCredential> {
  return dynamicStore(source, "tls", parsePrincipal, options);
}

function dynamicStore<C extends Principal>(
  source: CredentialSource,
  authmethod: string,
  parse: (answer: unknown, realm: string) => C,
  { provider = "dynamic" }: DynamicOptions = {},
): CredentialStore<C> {
  /** The first credential found, and no later one: mock challenges must not change while the router runs. */
  let sample: C | undefined;
  return {
    provider,
    samples: () => (sample === undefined ? [] : [sample]),
    async find(request: AuthRequest) {
      const answer = await ask(source, authmethod, request);
      if (answer === undefined) return undefined;
      const found = parse(answer, request.realm);
      sample ??= found;
      return found;
    },
  };
}

/** Asks the source about a client. @returns `undefined` when it denies the client. */
async function ask(
  source: CredentialSource,
  authmethod: string,
  request: AuthRequest,
  more: Dict = {},
): Promise<unknown> {
  try {
    return (await source(request.realm, request.authid, detailsOf(authmethod, request, more))) ?? undefined;
  } catch (error) {
    if (error instanceof WampError && !CALL_FAILED.has(error.uri)) return undefined;
    throw error;
  }
}

/** The `details` argument. Listed key by key, so that it never contains cookies or headers. */
function detailsOf(authmethod: string, request: AuthRequest, more: Dict): Dict {
  const { session, authid, authextra, details, transport, evidence } = request;
  const { certificate } = evidence;
  return {
    session,
    authmethod,
    authid: authid ?? null,
    authrole: details.authrole ?? null,
    authextra: authextra ?? null,
    transport: { ...transport, ...(certificate === undefined ? {} : { client_cert: { ...certificate } }) },
    ...more,
  };
}
