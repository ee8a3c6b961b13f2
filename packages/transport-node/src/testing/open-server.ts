import { Endpoint, FakeClock } from "@kreuz/testkit";
import { onTestFinished } from "vitest";
import type { LimitName } from "../connection/transport-settings.js";
import { listenWebSocket, type WebSocketListenOptions } from "../listen/listen.js";
import type { TransportListener } from "../server/listen-options.js";
import { binary, text } from "./codecs.js";

/** A listener on a free port with everything that a test looks at. It is closed when the test ends. */
export interface TestServer {
  readonly listener: TransportListener;
  readonly port: number;
  readonly clock: FakeClock;
  /** The server's end of each connection, in order. */
  readonly ends: Endpoint[];
  readonly limits: LimitName[];
  readonly errors: Error[];
  /** The first connection's end, once there is one. */
  first(): Promise<Endpoint>;
}

export async function openServer(options: Partial<WebSocketListenOptions> = {}): Promise<TestServer> {
  const clock = new FakeClock();
  const ends: Endpoint[] = [];
  const limits: LimitName[] = [];
  const errors: Error[] = [];
  const acceptor = {
    accept: (connection: Parameters<Endpoint["accept"]>[0]) => {
      const end = new Endpoint({ turns: 10_000 });
      ends.push(end);
      return end.accept(connection);
    },
  };
  const listener = await listenWebSocket(acceptor, {
    codecs: [text, binary],
    port: 0,
    clock,
    onLimit: (limit) => limits.push(limit),
    onError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(async () => {
    const closed = listener.close();
    clock.advance(60_000);
    await closed;
  });
  const first = async (): Promise<Endpoint> => {
    const waiter = new Endpoint({ turns: 10_000 });
    await waiter.until("a connection", () => ends.length > 0);
    return ends[0] as Endpoint;
  };
  return { listener, port: listener.port, clock, ends, limits, errors, first };
}
