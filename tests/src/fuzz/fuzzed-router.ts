import { readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Budget, type Clock, type Codec, systemClock } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { eventHistory, memoryStore } from "@kreuz/event-history";
import { registryMeta } from "@kreuz/registry-meta";
import { anonymous, type Authenticator, type Authorizer, createRouter, type Logger, type Router } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { testament } from "@kreuz/testament";
import { listenUniversal, type TransportListener } from "@kreuz/transport-node";
import type { Places } from "./wires.js";

export const CODECS: readonly Codec[] = [json, msgpack, cbor];
/** More topics than the clients retain events of at a time are dropped. */
export const MAX_RETAINED_TOPICS = 3;

/** What belongs to the well-behaved clients, and to nobody else. */
export const KEEPER = "keeper";
export const KEEPER_URI = "org.keeper.";

const authenticateKeeper: Authenticator = {
  method: KEEPER,
  begin: () => ({ type: "accept", authid: KEEPER, authrole: KEEPER, authprovider: "test" }),
};

/** Lets clients do everything but disturb the keepers. Decides about one procedure later. */
const authorizer: Authorizer = {
  authorize({ authrole }, { uri }) {
    if (authrole === KEEPER) return true;
    if (uri.startsWith(KEEPER_URI) || uri.startsWith("wamp.session.kill")) return false;
    return uri === "com.fuzz.p1" ? setImmediate(true) : true;
  },
};

/** What is left of clients that are gone. */
export interface Remains {
  readonly connections: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  readonly pendingCalls: number;
  readonly waitingCalls: number;
  readonly holders: number;
  readonly budget: { readonly bytes: number; readonly pieces: number; readonly clients: number };
  /** Timers of the router and its listener. */
  readonly timers: number;
  /** Open file descriptors of the process; 0 where it cannot tell. */
  readonly descriptors: number;
}

/** The platform's clock, which knows how many timers wait. */
class CountingClock implements Clock {
  pending = 0;

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  schedule(delay: number, callback: () => void): () => void {
    this.pending++;
    let waits = true;
    const end = (): void => {
      if (waits) this.pending--;
      waits = false;
    };
    const cancel = systemClock.schedule(delay, () => {
      end();
      callback();
    });
    return () => {
      end();
      cancel();
    };
  }
}

/** A router with every plugin that holds something for sessions, and a listener for every transport, in this process. */
export class FuzzedRouter implements Places {
  readonly router: Router;
  readonly clock: CountingClock;
  /** Errors that it logged, and those that nobody handled. */
  readonly problems: string[];
  readonly #listener: TransportListener;
  readonly #budget: Budget;
  readonly #ended: () => void;

  static async start(): Promise<FuzzedRouter> {
    const [clock, budget, problems] = [new CountingClock(), new Budget(), [] as string[]];
    const note = (what: string, error: unknown): void =>
      void problems.push(`${what}: ${error instanceof Error ? error.stack : JSON.stringify(error)}`);
    const nothing = (): void => {};
    const error = (fields: object, message: string): void => note(message, "error" in fields ? fields.error : fields);
    const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error };
    // Keeps so few events that it is full before memory is compared.
    const store = memoryStore({ maxEvents: 20 });
    const history = eventHistory({ topics: [{ uri: "com.fuzz.kept" }], store });
    const plugins = [sessionMeta(), registryMeta(), testament(), history];
    const router = await createRouter({
      clock,
      budget,
      logger,
      limits: { retainedTopicsPerRealm: MAX_RETAINED_TOPICS, queuedCallsPerRegistration: 20 },
      realms: [{ uri: "realm1", authorizer, plugins, authenticators: [authenticateKeeper, anonymous()] }],
    });
    const listener = await listenUniversal(router, {
      clock,
      codecs: CODECS,
      budget,
      port: 0,
      closeTimeout: 500,
      onError: (error) => note("listener", error),
      longPoll: { receiveTimeout: 200, sessionTimeout: 500 },
    });
    const onRejection = (error: unknown): void => note("unhandled rejection", error);
    process.on("unhandledRejection", onRejection);
    const ended = (): void => void process.off("unhandledRejection", onRejection);
    return new FuzzedRouter({ router, listener, clock, budget, problems, ended });
  }

  private constructor(parts: {
    readonly router: Router;
    readonly listener: TransportListener;
    readonly clock: CountingClock;
    readonly budget: Budget;
    readonly problems: string[];
    readonly ended: () => void;
  }) {
    this.router = parts.router;
    this.clock = parts.clock;
    this.problems = parts.problems;
    this.#listener = parts.listener;
    this.#budget = parts.budget;
    this.#ended = parts.ended;
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Where WebSocket clients connect. */
  get url(): string {
    return this.#listener.url;
  }

  get retainedTopics(): number {
    return this.router.counts("realm1")!.retainedTopics;
  }

  remains(): Remains {
    const { sessions, subscriptions, registrations, pendingCalls, waitingCalls, holders } =
      this.router.counts("realm1")!;
    const { bytes, pieces, clients } = this.#budget;
    return {
      connections: this.#listener.connections + this.router.connections,
      ...{ sessions, subscriptions, registrations, pendingCalls, waitingCalls, holders },
      budget: { bytes, pieces, clients },
      timers: this.clock.pending,
      descriptors: openDescriptors(),
    };
  }

  async close(): Promise<void> {
    await this.router.close();
    await this.#listener.close();
    this.#ended();
  }
}

function openDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** Memory in use after collecting the garbage, in MiB. */
export async function usedMemory(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let count = 0; count < 3; count++) {
    await setImmediate();
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
