import type { Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { challenge, type ChallengeOptions } from "./challenge.js";
import { HashQueueError } from "./hash-queue.js";
import { accepted, busy, denied, incomplete, lookupIn, thenMaybe, type Principal } from "./principal.js";

/** Checks tickets. */
export interface TicketVerifier {
  /** Sent as `WELCOME.Details.authprovider`. */
  readonly provider: string;
  /**
   * Checks the ticket that a client sent.
   *
   * @returns `undefined` when the ticket is wrong or the client unknown. A throw or rejection is a failure, not a denial.
   */
  verify(request: AuthRequest, ticket: string): Principal | undefined | Promise<Principal | undefined>;
  /**
   * Finds the account of a client that proved itself earlier, without a ticket. Without this, no cookie can stand in for a
   * ticket.
   *
   * @returns `undefined` when there is no such account any more.
   */
  find?(request: AuthRequest): Principal | undefined | Promise<Principal | undefined>;
}

/** Settings of {@link ticket}. */
export interface TicketOptions extends ChallengeOptions {
  readonly store: TicketVerifier;
}

/**
 * Authentication by ticket: a password or token that the client sends (spec: "Ticket-based Authentication"). The ticket
 * goes over the wire in clear: use TLS or a transport within one machine.
 */
export function ticket({ store, ...options }: TicketOptions): Authenticator {
  const { provider } = store;
  const find = store.find?.bind(store);
  return {
    method: "ticket",
    begin(request) {
      if (request.authid === undefined) return incomplete("ticket: expected HELLO.Details.authid");
      return challenge(
        {},
        (given) => {
          const step = thenMaybe(store.verify(request, given), (found): AuthStep =>
            found === undefined ? denied("unknown authid or wrong ticket") : accepted(found, request, store.provider),
          );
          return step instanceof Promise ? step.catch(busyWithHashes) : step;
        },
        options,
      );
    },
    ...(find === undefined ? {} : { lookup: (request: AuthRequest) => lookupIn({ provider, find }, request) }),
  };
}

/** Many clients at once are no failure of the store. */
function busyWithHashes(error: unknown): AuthStep {
  if (error instanceof HashQueueError) return busy(error.message);
  throw error;
}
