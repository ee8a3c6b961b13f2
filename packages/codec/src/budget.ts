/** Bytes charged for each piece besides its own: what the objects around it take. */
const PIECE_BYTES = 128;

/**
 * A budget that is exceeded is brought down to this share, so that not every further byte looks for a victim. The rest is
 * for clients that hold little: others cannot reserve it.
 */
const TARGET_SHARE = 0.9;

/** A client with fewer unsent bytes than this is not called a slow reader. */
const MIN_SLOW_READER_BYTES = 64 * 1024;

/** Why a client was chosen to be cut. They are tried in this order. */
export type CutReason =
  /** It has not logged in yet. */
  | "unauthenticated"
  /** Of all clients, most bytes wait for it to read them. */
  | "slowest-reader"
  /** Of all clients, it holds the most. */
  | "largest-holder"
  /** It holds more than one client may. */
  | "client-limit"
  /** It has not logged in, and makes room for a newer client. Said by transports, whose connections are limited. */
  | "newer-client";

/** One client that was cut, for its farewell and for the log. */
export interface Cut {
  readonly reason: CutReason;
  /** For people: what happened, the number and the limit. */
  readonly message: string;
  /** What the client held. */
  readonly bytes: number;
  readonly pieces: number;
  readonly unsentBytes: number;
}

/** A transport ended the connection because its client was cut; its handler is told with this. */
export class ClientCutError extends Error {
  override readonly name = "ClientCutError";
  readonly cut: Cut;

  constructor(cut: Cut) {
    super(cut.message);
    this.cut = cut;
  }
}

/** Whoever an {@link Account} is kept for: a connection. */
export interface AccountHolder {
  /**
   * Ends the connection at once, so that what it holds is freed; the account is to be closed before this returns, or soon
   * after. Not called again.
   */
  cut(cut: Cut): void;
}

/** Settings of a {@link Budget}. */
export interface BudgetOptions {
  /** Bytes that all clients together may hold. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Bytes that one client may hold. Default: a quarter of `maxBytes`. */
  readonly maxClientBytes?: number;
  /** Pieces that one client may hold: frames, patterns, calls, queries. Default 1,000,000. */
  readonly maxClientPieces?: number;
  /** Called with each client that is cut, before it is. */
  readonly onCut?: (cut: Cut) => void;
}

/** Clients cut at a time. Should that not do, the next charge cuts more. */
const MAX_CUTS = 64;

const CUT_ORDER = ["unauthenticated", "slowest-reader", "largest-holder"] as const;

/** By what the clients of each kind are compared; 0 for a client that is not of the kind. */
const SIZES = {
  unauthenticated: ({ authenticated, bytes }: Account) => (authenticated ? 0 : bytes),
  "slowest-reader": ({ unsentBytes }: Account) => (unsentBytes < MIN_SLOW_READER_BYTES ? 0 : unsentBytes),
  "largest-holder": ({ bytes }: Account) => bytes,
} as const;

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024;
const DEFAULT_MAX_CLIENT_PIECES = 1_000_000;

/**
 * Bounds what the clients of a process make it hold, in bytes and in pieces: unsent and undelivered frames, patterns,
 * calls, queries, hashes, HTTP bodies. Everything that a client can make grow is charged to its {@link Account} and
 * refunded when it is gone.
 *
 * There are two ways to charge: `charge` for what exists already, `reserve` for a request that can be refused. When the
 * budget is exceeded nevertheless, clients are cut until nine tenths of it are in use: first clients that have not logged
 * in, then the slowest readers, then the largest holders. A client that exceeds its own limit is cut in any case.
 */
export class Budget {
  readonly maxBytes: number;
  readonly maxClientBytes: number;
  readonly maxClientPieces: number;
  readonly #onCut: (cut: Cut) => void;
  readonly #accounts = new Set<Account>();
  #bytes = 0;
  #pieces = 0;
  #cutting = false;

  constructor(options: BudgetOptions = {}) {
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.maxClientBytes = options.maxClientBytes ?? Math.floor(this.maxBytes / 4);
    this.maxClientPieces = options.maxClientPieces ?? DEFAULT_MAX_CLIENT_PIECES;
    this.#onCut = options.onCut ?? (() => {});
  }

  /** Bytes that all clients hold, the overhead of pieces included. */
  get bytes(): number {
    return this.#bytes;
  }

  get pieces(): number {
    return this.#pieces;
  }

  /** Clients with an open account. */
  get clients(): number {
    return this.#accounts.size;
  }

  /** True while more than `maxBytes` are held: new requests that cost memory are refused. */
  get exceeded(): boolean {
    return this.#bytes > this.maxBytes;
  }

  /** @internal Whether a client that would then hold `total` bytes may have `bytes` more. */
  hasRoom(bytes: number, total: number): boolean {
    // A client with less than an equal share is not refused: the largest holder is cut instead.
    return total * this.clients <= this.maxBytes || this.#bytes + bytes <= this.maxBytes * TARGET_SHARE;
  }

  /** Opens the account of one connection. */
  open(holder: AccountHolder): Account {
    const account = new Account(this, holder);
    this.#accounts.add(account);
    return account;
  }

  /** @internal Called by accounts with every change. */
  add(bytes: number, pieces: number, account: Account): void {
    this.#bytes += bytes;
    this.#pieces += pieces;
    if (bytes <= 0 || this.#cutting || !(this.exceeded || account.exceeded)) return;
    this.#cutting = true;
    // Not at once: what is charged may be in use, and so may the client's session.
    queueMicrotask(() => this.#cut(account));
  }

  /** @internal */
  remove(account: Account): void {
    this.#accounts.delete(account);
  }

  #cut(account: Account): void {
    if (account.exceeded) this.#cutOne(account, "client-limit");
    if (this.exceeded)
      for (const reason of CUT_ORDER)
        for (const candidate of this.#largest(reason)) {
          if (this.#bytes <= this.maxBytes * TARGET_SHARE) break;
          this.#cutOne(candidate, reason);
        }
    this.#cutting = false;
  }

  #cutOne(account: Account, reason: CutReason): void {
    const cut = this.#describe(account, reason);
    this.#onCut(cut);
    account.cut(cut);
  }

  /** The first candidates of one kind, the largest first. A walk over all accounts, and no sorting of them. */
  #largest(reason: keyof typeof SIZES): readonly Account[] {
    const sizeOf = SIZES[reason];
    const found: Account[] = [];
    let smallest = 0;
    for (const account of this.#accounts) {
      const size = sizeOf(account);
      if (size === 0 || (found.length === MAX_CUTS && size <= smallest)) continue;
      const place = found.findIndex((other) => sizeOf(other) < size);
      found.splice(place < 0 ? found.length : place, 0, account);
      found.length = Math.min(found.length, MAX_CUTS);
      smallest = sizeOf(found[found.length - 1]!);
    }
    return found;
  }

  #describe({ bytes, pieces, unsentBytes }: Account, reason: CutReason): Cut {
    const held = `it held ${bytes} bytes in ${pieces} pieces, ${unsentBytes} of them unsent`;
    const message =
      reason === "client-limit"
        ? `the client exceeded its limit (${this.maxClientBytes} bytes, ${this.maxClientPieces} pieces): ${held}`
        : `the router exceeded its budget (${this.maxBytes} bytes) and cut the ${reason.replace("-", " ")} client: ${held}`;
    return { reason, message, bytes, pieces, unsentBytes };
  }
}

/** What one connection holds, from its first byte to its last. */
export class Account {
  /** True once the client has logged in; set by the router. */
  authenticated = false;
  readonly #budget: Budget;
  #holder: AccountHolder | undefined;
  #bytes = 0;
  #pieces = 0;
  #unsentBytes = 0;
  #closed = false;

  /** @internal Use {@link Budget.open}. */
  constructor(budget: Budget, holder: AccountHolder) {
    this.#budget = budget;
    this.#holder = holder;
  }

  /** Bytes that this client holds, the overhead of pieces included. */
  get bytes(): number {
    return this.#bytes;
  }

  get pieces(): number {
    return this.#pieces;
  }

  /** Those of its bytes that wait for it to read them. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** True when the client holds more than one client may. */
  get exceeded(): boolean {
    return this.#bytes > this.#budget.maxClientBytes || this.#pieces > this.#budget.maxClientPieces;
  }

  /** Charges what is there already. The client may be cut for it, in a microtask. */
  charge(bytes: number, pieces = 1): void {
    if (this.#closed) return;
    const total = bytes + PIECE_BYTES * pieces;
    this.#bytes += total;
    this.#pieces += pieces;
    this.#budget.add(total, pieces, this);
  }

  /**
   * Charges what a request asks for, if there is room. For a client that holds less than an equal share of the budget there
   * always is, if necessary by cutting others; for the rest, until nine tenths of the budget are in use.
   * @returns `false` when there is none: nothing is charged, and the request is to be refused.
   */
  reserve(bytes: number, pieces = 1): boolean {
    const total = bytes + PIECE_BYTES * pieces;
    const { maxClientBytes, maxClientPieces } = this.#budget;
    const wanted = this.#bytes + total;
    if (wanted > maxClientBytes || this.#pieces + pieces > maxClientPieces || !this.#budget.hasRoom(total, wanted))
      return false;
    this.charge(bytes, pieces);
    return true;
  }

  /** Refunds what was charged. Does nothing once the account is closed. */
  refund(bytes: number, pieces = 1): void {
    if (this.#closed) return;
    const total = bytes + PIECE_BYTES * pieces;
    this.#bytes -= total;
    this.#pieces -= pieces;
    this.#budget.add(-total, -pieces, this);
  }

  /** Sets the bytes that wait for the client to read them. */
  setUnsent(bytes: number): void {
    if (this.#closed) return;
    const change = bytes - this.#unsentBytes;
    this.#unsentBytes = bytes;
    this.#bytes += change;
    this.#budget.add(change, 0, this);
  }

  /** The connection is gone: refunds all that is left. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#budget.add(-this.#bytes, -this.#pieces, this);
    this.#budget.remove(this);
    this.#bytes = this.#pieces = this.#unsentBytes = 0;
    this.#holder = undefined;
  }

  /** @internal Called by the budget. */
  cut(cut: Cut): void {
    const holder = this.#holder;
    this.#holder = undefined;
    holder?.cut(cut);
    // Whether the connection is gone already or still says goodbye: it no longer counts.
    this.close();
  }
}
