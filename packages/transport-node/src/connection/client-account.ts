import type { Account, AccountHolder, Budget, Cut } from "@kreuz/codec";

/** Whoever owns an account at the moment. */
interface AccountOwner {
  /** The client holds too much. */
  onCut(cut: Cut): void;
}

/** The account of a socket, or of a long-poll session. Whoever owns it at the moment says how it is cut. */
export class ClientAccount implements AccountHolder {
  readonly account: Account;
  #handshakeBytes: number;
  #owner: AccountOwner;

  /** @param handshakeBytes - what a socket may take before it is handed over. */
  constructor(budget: Budget, handshakeBytes: number, owner: AccountOwner) {
    this.#owner = owner;
    this.#handshakeBytes = handshakeBytes;
    this.account = budget.open(this);
    this.account.charge(handshakeBytes);
  }

  /** @internal Called by the budget. */
  cut(cut: Cut): void {
    this.#owner.onCut(cut);
  }

  /** The handshake is over: from here on, the connection is cut. */
  handOver(connection: AccountOwner): void {
    this.#owner = connection;
    this.account.refund(this.#handshakeBytes);
    this.#handshakeBytes = 0;
  }
}
