import { ErrorUri, WampError, type Dict, type Payload, type Uri } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import type { CryptosignCredential } from "../cryptosign/cryptosign.js";
import type { CredentialStore, Grant } from "../principal.js";
import type { ScramCredential } from "../scram/record.js";
import type { TicketVerifier } from "../ticket.js";
import type { TlsCredential } from "../tls.js";
import type { CraCredential } from "../wampcra.js";
import { craOf, cryptosignOf, grantOf, scramOf } from "./answers.js";

/**
 * Somebody who is asked about each client: a function, or through {@link askProcedure} a WAMP procedure. It answers in
 * Crossbar.io's shapes: a role, or a dict with `role` and what the method needs. `undefined` and `null` refuse, and so
 * does a {@link WampError}; any other throw is a failure.
 */
export type CredentialSource = (realm: Uri, authid: string | undefined, details: Dict) => unknown;

/** Calls a procedure; `LocalSession.call` is one. */
export type Call = (procedure: Uri, payload: Payload) => Promise<Payload>;

/** Settings of the dynamic stores. */
export interface DynamicOptions {
  /** Goes out as `WELCOME.Details.authprovider`. Default `dynamic`. */
  readonly provider?: string;
}

/** Errors that say that nobody could be asked: a failure, and no answer about the client. */
const NOT_ASKED: ReadonlySet<string> = new Set([
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

/** Asks a WAMP procedure, with the arguments that Crossbar.io's dynamic authenticators are called with. */
export function askProcedure(call: Call, procedure: Uri): CredentialSource {
  return async (realm, authid, details) => {
    const result = await call(procedure, { args: [realm, authid ?? null, details] });
    return result.args?.[0];
  };
}

/** What the source says of a client; `undefined` when it refuses it. */
async function answerOf(
  source: CredentialSource,
  authmethod: string,
  request: AuthRequest,
  more: Dict = {},
): Promise<unknown> {
  try {
    return (await source(request.realm, request.authid, detailsOf(authmethod, request, more))) ?? undefined;
  } catch (error) {
    if (error instanceof WampError && !NOT_ASKED.has(error.uri)) return undefined;
    throw error;
  }
}

/** The third argument: who wants to join, and how. Never cookies or headers. */
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

/** For the method `ticket`: the source gets the ticket in its details and answers with the role. */
export function dynamicTickets(
  source: CredentialSource,
  { provider = "dynamic" }: DynamicOptions = {},
): TicketVerifier {
  return {
    provider,
    async verify(request, ticket) {
      const answer = await answerOf(source, "ticket", request, { ticket });
      return answer === undefined ? undefined : grantOf(answer, request.realm);
    },
  };
}

/** For the method `wampcra`: the source answers with the secret, and how it is salted. */
export function dynamicCra(source: CredentialSource, options?: DynamicOptions): CredentialStore<CraCredential> {
  return store(source, "wampcra", craOf, options);
}

/** For the method `wamp-scram`: the source answers with the record that stands for the password. */
export function dynamicWampScram(source: CredentialSource, options?: DynamicOptions): CredentialStore<ScramCredential> {
  return store(source, "wamp-scram", scramOf, options);
}

/** For the method `scram`, likewise. */
export function dynamicScram(source: CredentialSource, options?: DynamicOptions): CredentialStore<ScramCredential> {
  return store(source, "scram", scramOf, options);
}

/** For the method `cryptosign`: the source answers with the public keys. */
export function dynamicCryptosign(
  source: CredentialSource,
  options?: DynamicOptions,
): CredentialStore<CryptosignCredential> {
  return store(source, "cryptosign", cryptosignOf, options);
}

/** For the method `tls`: the source gets the certificate in `details.transport.client_cert` and answers with the role. */
export function dynamicTls(source: CredentialSource, options?: DynamicOptions): CredentialStore<TlsCredential> {
  return store(source, "tls", grantOf, options);
}

function store<C extends Grant>(
  source: CredentialSource,
  authmethod: string,
  read: (answer: unknown, realm: string) => C,
  { provider = "dynamic" }: DynamicOptions = {},
): CredentialStore<C> {
  /** The first that was found: accounts of one source mostly look alike, and what changed would be a hint. */
  let sample: C | undefined;
  return {
    provider,
    samples: () => (sample === undefined ? [] : [sample]),
    async find(request: AuthRequest) {
      const answer = await answerOf(source, authmethod, request);
      if (answer === undefined) return undefined;
      const found = read(answer, request.realm);
      sample ??= found;
      return found;
    },
  };
}
