import type { Acceptor, Clock, Codec, OutboxLimits } from "@kreuz/codec";
import { type ContractCase } from "./contract-case.js";
import { Endpoint } from "./endpoint.js";
import type { WaitOptions } from "./wait.js";

/** What a case asks of the connection it runs on. Both ends get the same. */
export interface TransportSettings {
  readonly outbox?: OutboxLimits;
  /** How long a close may take before the peer is cut off, in milliseconds. */
  readonly closeTimeout?: number;
  readonly clock?: Clock;
}

/** How the contract's cases get connections of a transport. */
export interface TransportHarness {
  /** The codec that is negotiated. The cases send ASCII text that no codec would accept: a transport does not look. */
  readonly codec: Codec;
  /** What `transport.protocol` must be. Default the codec's subprotocol. */
  readonly protocol?: string;
  /** Makes one connection; resolves once `accept` was called on both ends, `server` being the accepting side. */
  connect(server: Acceptor, client: Acceptor, settings: TransportSettings): Promise<void>;
  /** Releases whatever `connect` opened since the last call. */
  dispose(): Promise<void>;
  readonly waitOptions?: WaitOptions;
  /** Whether a close tells the peer its status and reason. Default `true`; RawSocket has no words for them. */
  readonly tellsStatus?: boolean;
}

/** The two ends of a fresh connection. */
export interface Pair {
  readonly server: Endpoint;
  readonly client: Endpoint;
}

export async function connectPair(harness: TransportHarness, settings: TransportSettings = {}): Promise<Pair> {
  const pair = { server: new Endpoint(harness.waitOptions), client: new Endpoint(harness.waitOptions) };
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
