import type { AuthRequest } from "@kreuz/router";
import { randomOctets, sameSecret, toBase64 } from "../bytes.js";
import { Decoys } from "../decoys.js";
import type { Grant } from "../principal.js";
import { isTicketOf, parseTicketHash } from "../hashing.js";
import type { TicketVerifier } from "../ticket.js";
import { AccountStore, type AccountOptions, type Accounts } from "../accounts.js";

/** An account whose ticket is kept as it is. */
export interface PlainTicket extends Grant {
  readonly ticket: string;
}

/** An account whose ticket is kept as a hash, made by `hashTicket` or `kreuz hash ticket`. */
export interface HashedTicket extends Grant {
  readonly ticketHash: string;
}

export type TicketCredential = PlainTicket | HashedTicket;

/** Accounts in memory, for the method `ticket`. */
export class TicketAccounts implements TicketVerifier {
  readonly provider: string;
  readonly #accounts: AccountStore<TicketCredential>;
  readonly #decoys = new Decoys({});
  readonly #nobody: TicketCredential = { authrole: "", ticket: toBase64(randomOctets(32)) };

  /** @throws ConfigError for a hash that is none. */
  constructor(accounts: Accounts<TicketCredential>, options: AccountOptions = {}) {
    this.#accounts = new AccountStore(accounts, options);
    this.provider = this.#accounts.provider;
    for (const account of this.#accounts.samples()) if ("ticketHash" in account) parseTicketHash(account.ticketHash);
  }

  verify(request: AuthRequest, ticket: string): Grant | undefined | Promise<Grant | undefined> {
    const found = this.#accounts.find(request);
    // For a name that nobody has, the ticket of somebody is checked, so that it takes as long; picked for everybody.
    const somebody = this.#decoys.pick(this.#accounts.samples(), request, this.#nobody);
    const like = found ?? somebody;
    if ("ticketHash" in like) return isTicketOf(like.ticketHash, ticket).then((good) => (good ? found : undefined));
    return sameSecret(ticket, like.ticket) ? found : undefined;
  }
}
