import { WampError, type Dict } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import type { CryptosignCredential } from "../cryptosign/cryptosign.js";
import type { CredentialStore, Principal } from "../principal.js";
import type { ScramCredential } from "../scram/record.js";
import type { TicketVerifier } from "../ticket.js";
import type { TlsCredential } from "../tls.js";
import type { CraCredential } from "../wampcra.js";
import { isDenial, type CredentialSource } from "./ask-procedure.js";
import { parseCraCredential, parseCryptosignCredential, parsePrincipal, parseScramCredential } from "./answers.js";

export { askProcedure } from "./ask-procedure.js";
export type { AskOptions, CallProcedure, CredentialSource } from "./ask-procedure.js";

/** Settings of the dynamic stores. */
export interface DynamicOptions {
  /** Sent as `WELCOME.Details.authprovider`. Default `dynamic`. */
  readonly provider?: string;
}

/**
 * For the method `ticket`: `details` contains the ticket, the answer is a role. When a cookie stands in for a ticket,
 * `details.authmethod` is `cookie`, and there is no ticket: the answer is the role that the client has now.
 */
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
    async find(request) {
      const answer = await ask(source, "cookie", request);
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
    if (error instanceof WampError && isDenial(error)) return undefined;
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
