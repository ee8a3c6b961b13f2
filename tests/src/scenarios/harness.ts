import type { Codec } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import {
  allowAll,
  CounterMetrics,
  createRouter,
  type Logger,
  type RealmOptions,
  type Router,
  type RouterOptions,
} from "@kreuz/router";
import { FakeClock, WireSession } from "@kreuz/testkit";
import { connectMemory, type MemoryOptions } from "@kreuz/transport-memory";

/** The realm of a scenario that does not care about realms. */
export const REALM = "com.example.realm";

/** One line that the router logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A router in this process with everything that a scenario may want to look at. */
export class Stage {
  readonly router: Router;
  readonly clock: FakeClock;
  readonly metrics: CounterMetrics;
  readonly log: readonly LogLine[];

  constructor(router: Router, clock: FakeClock, metrics: CounterMetrics, log: readonly LogLine[]) {
    this.router = router;
    this.clock = clock;
    this.metrics = metrics;
    this.log = log;
  }

  /** A client that is connected and has said nothing yet. */
  connect(codec: Codec = json, options: Omit<MemoryOptions, "codec"> = {}): WireSession {
    const client = new WireSession();
    connectMemory(this.router, client, { clock: this.clock, ...options, codec });
    return client;
  }

  /** A client that has joined. */
  async join(realm: string = REALM, codec: Codec = json): Promise<WireSession> {
    const client = this.connect(codec);
    await client.join(realm);
    return client;
  }

  errors(): readonly LogLine[] {
    return this.log.filter(({ level }) => level === "error");
  }
}

export interface StageOptions extends Partial<Omit<RouterOptions, "realms">> {
  /** Settings of the one realm; or several realms. */
  readonly realm?: Partial<RealmOptions>;
  readonly realms?: readonly RealmOptions[];
}

/** Opens a router with one realm that allows everything, unless told otherwise. */
export async function openStage({ realm = {}, realms, ...options }: StageOptions = {}): Promise<Stage> {
  const clock = new FakeClock();
  const metrics = new CounterMetrics();
  const log: LogLine[] = [];
  const router = await createRouter({
    clock,
    metrics,
    logger: recorder(log),
    ...options,
    realms: realms ?? [{ uri: REALM, authorizer: allowAll, ...realm }],
  });
  return new Stage(router, clock, metrics, log);
}

function recorder(log: LogLine[]): Logger {
  const at = (level: LogLine["level"]) => (fields: object, message: string) =>
    void log.push({ level, fields: fields as LogLine["fields"], message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A frame of any text, valid or not. */
export function frame(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

