import type { Account, AccountHolder, Budget, Cut } from "@kreuz/codec";

/** The account of a socket, or of a long-poll session. Whoever owns it at the moment says how it is cut. */
export class ClientAccount implements AccountHolder {
  readonly account: Account;
  #handshakeBytes: number;
  #onCut: (cut: Cut) => void;

  /** @param handshakeBytes - what a socket may take before it is handed over. */
  constructor(budget: Budget, handshakeBytes: number, onCut: (cut: Cut) => void) {
    this.#onCut = onCut;
    this.#handshakeBytes = handshakeBytes;
    this.account = budget.open(this);
    this.account.charge(handshakeBytes);
  }

  /** @internal Called by the budget. */
  cut(cut: Cut): void {
    this.#onCut(cut);
  }

  /** The handshake is over: from here on, the connection is cut. */
  handOver(onCut: (cut: Cut) => void): void {
    this.#onCut = onCut;
    this.account.refund(this.#handshakeBytes);
    this.#handshakeBytes = 0;
  }
}
