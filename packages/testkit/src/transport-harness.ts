import {
  type Acceptor,
  type Budget,
  type Clock,
  type CloseStatus,
  type Codec,
  type OutboxLimits,
  PeerClosedError,
} from "@kreuz/codec";
import { check, checkSame, type ContractCase } from "./contract-case.js";
import { Endpoint } from "./endpoint.js";
import type { WaitOptions } from "./wait.js";

/** What a case asks of the connection it runs on. Both ends get the same. */
export interface TransportSettings {
  readonly outbox?: OutboxLimits;
  /** How long a close may take before the peer is cut off, in milliseconds. */
  readonly closeTimeout?: number;
  readonly clock?: Clock;
  /** What the accepting end charges its client to; given only if the transport keeps accounts. */
  readonly budget?: Budget;
  /** Must be called with what an acceptor throws in `accept`, and a handler in `onClose`. */
  readonly onError?: (error: Error) => void;
}

/** How the contract's cases get connections of a transport. */
export interface TransportHarness {
  /** The codec that is negotiated. The cases send ASCII text that no codec would accept: a transport does not look. */
  readonly codec: Codec;
  /** What `transport.protocol` must be. Default the codec's subprotocol. */
  readonly protocol?: string;
  /** Makes one connection; resolves once `accept` was called on both ends, `server` being the accepting one. */
  connect(server: Acceptor, client: Acceptor, settings: TransportSettings): Promise<void>;
  /** Releases whatever `connect` opened since the last call. */
  dispose(): Promise<void>;
  readonly waitOptions?: WaitOptions;
  /** Whether a close tells the peer its status and reason. Default `true`; RawSocket cannot carry them. */
  readonly tellsStatus?: boolean;
  /** Whether the accepting end opens accounts in {@link TransportSettings.budget}. Default `false`. */
  readonly keepsAccounts?: boolean;
  /** Whether it refuses messages of more than 16 KiB until the account is authenticated. Default like `keepsAccounts`. */
  readonly boundsHandshake?: boolean;
}

/** The two ends of a connection. */
export interface Pair {
  readonly server: Endpoint;
  readonly client: Endpoint;
}

/** Two ends that are not connected yet. */
export function createPair({ waitOptions }: TransportHarness): Pair {
  return { server: new Endpoint(waitOptions), client: new Endpoint(waitOptions) };
}

export async function connectPair(
  harness: TransportHarness,
  settings: TransportSettings = {},
  pair: Pair = createPair(harness),
): Promise<Pair> {
  await harness.connect(pair.server, pair.client, settings);
  return pair;
}

/** A case that runs on one fresh connection and cleans up after itself. */
export function onPair(
  harness: TransportHarness,
  name: string,
  body: (pair: Pair) => Promise<void>,
  settings: TransportSettings = {},
): ContractCase {
  return withHarness(harness, name, async () => body(await connectPair(harness, settings)));
}

/** A case that opens its own connections; they are released afterwards. */
export function withHarness(harness: TransportHarness, name: string, body: () => Promise<void>): ContractCase {
  return {
    name,
    async run() {
      try {
        await body();
      } finally {
        await harness.dispose();
      }
    },
  };
}

/** Checks what the peer of a close was told. If a transport cannot carry a status, any end will do. */
export function checkStatus(harness: TransportHarness, error: Error | undefined, status: CloseStatus): void {
  if (harness.tellsStatus === false) return;
  check(error instanceof PeerClosedError, `expected a PeerClosedError, got ${String(error)}`);
  checkSame(error.status, status, "status");
}

/** Printable bytes whose order would show if it were changed, and that compression leaves long: buffers fill up in any case. */
export function pattern(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = 1;
  for (let i = 0; i < size; i++) {
    // The next number of a linear congruential generator.
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = 0x21 + ((state >>> 16) % 89);
  }
  return bytes;
}

export function isPattern(bytes: Uint8Array | undefined, size: number): boolean {
  return bytes?.length === size && pattern(size).every((byte, index) => byte === bytes[index]);
}
