import type { Authenticator, AuthRequest } from "@kreuz/router";
import { challenge, type ChallengeOptions } from "./challenge.js";
import { accepted, denied, incomplete, later, type Grant } from "./principal.js";

/** Who knows whether a ticket is good. */
export interface TicketVerifier {
  /** Goes out as `WELCOME.Details.authprovider`. */
  readonly provider: string;
  /** What the ticket gives; `undefined` when it is not good. A throw or a rejection is a failure, not a refusal. */
  verify(request: AuthRequest, ticket: string): Grant | undefined | Promise<Grant | undefined>;
}

/** Settings of {@link ticket}. */
export interface TicketOptions extends ChallengeOptions {
  readonly store: TicketVerifier;
}

/**
 * Authentication by a ticket: a password or token that the client shows (spec: "Ticket-based Authentication"). It
 * travels as it is, so only over TLS or on one machine.
 */
export function ticket({ store, ...options }: TicketOptions): Authenticator {
  return {
    method: "ticket",
    begin(request) {
      if (request.authid === undefined) return incomplete("ticket: expected HELLO.Details.authid");
      return challenge(
        {},
        (given) =>
          later(store.verify(request, given), (grant) =>
            grant === undefined ? denied("unknown authid or wrong ticket") : accepted(grant, request, store.provider),
          ),
        options,
      );
    },
  };
}
