import type { Acceptor } from "@kreuz/codec";
import { Endpoint, FakeClock } from "@kreuz/testkit";
import { onTestFinished } from "vitest";
import type { LimitName } from "../connection/transport-settings.js";
import { listenWebSocket, type WebSocketListenOptions } from "../listen/listen.js";
import type { ListenOptions, TransportListener } from "../server/listen-options.js";
import { binary, text } from "./codecs.js";

/** A listener on a free port and everything that a test looks at. It is closed when the test ends. */
export interface OpenListener {
  readonly listener: TransportListener;
  readonly port: number;
  readonly clock: FakeClock;
  /** The server's end of each connection, in order. */
  readonly ends: Endpoint[];
  readonly limits: LimitName[];
  readonly errors: Error[];
  /** The server's end of connection number `index`, once it is there. */
  end(index?: number): Promise<Endpoint>;
}

export async function openListener<O extends ListenOptions>(
  listen: (acceptor: Acceptor, options: O) => Promise<TransportListener>,
  options: Partial<O> = {},
): Promise<OpenListener> {
  const clock = new FakeClock();
  const ends: Endpoint[] = [];
  const limits: LimitName[] = [];
  const errors: Error[] = [];
  const acceptor: Acceptor = {
    accept(connection) {
      const end = new Endpoint({ turns: 10_000 });
      ends.push(end);
      return end.accept(connection);
    },
  };
  const defaults: ListenOptions = {
    codecs: [text],
    port: 0,
    clock,
    onLimit: (limit) => void limits.push(limit),
    onError: (error) => void errors.push(error),
  };
  const listener = await listen(acceptor, { ...defaults, ...options } as ListenOptions as O);
  onTestFinished(async () => {
    const closed = listener.close();
    clock.advance(60_000);
    await closed;
  });
  const end = async (index = 0): Promise<Endpoint> => {
    const waiter = new Endpoint({ turns: 10_000 });
    await waiter.until(`connection ${index}`, () => ends.length > index);
    return ends[index]!;
  };
  return { listener, port: listener.port, clock, ends, limits, errors, end };
}

/** A WebSocket listener with a text codec and a binary one. */
export function openServer(options: Partial<WebSocketListenOptions> = {}): Promise<OpenListener> {
  return openListener<WebSocketListenOptions>(listenWebSocket, { codecs: [text, binary], ...options });
}
