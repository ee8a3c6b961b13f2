import type { AuthRequest } from "@kreuz/router";
import type { CryptosignCredential } from "../cryptosign/cryptosign.js";
import type { CredentialStore, Grant } from "../principal.js";
import type { ScramCredential } from "../scram/record.js";
import type { TicketVerifier } from "../ticket.js";
import type { TlsCredential } from "../tls.js";
import type { CraCredential } from "../wampcra.js";
import { craOf, cryptosignOf, grantOf, scramOf } from "./answers.js";
import { answerOf, type CredentialSource, type DynamicOptions } from "./source.js";

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
