import { Endpoint, FakeClock } from "@kreuz/testkit";
import type { Acceptor } from "@kreuz/codec";
import { onTestFinished } from "vitest";
import type { LimitName } from "../connection/transport-settings.js";
import type { ListenOptions, TransportListener } from "../server/listen-options.js";
import { text } from "./codecs.js";

/** Any listener with everything that a test looks at. It is closed when the test ends. */
export interface Opened {
  readonly listener: TransportListener;
  readonly port: number;
  readonly clock: FakeClock;
  /** The server's end of each connection, in order. */
  readonly ends: Endpoint[];
  readonly limits: LimitName[];
  /** The end of the connection number `index`, once there is one. */
  end(index?: number): Promise<Endpoint>;
}

export async function openListener<O extends ListenOptions>(
  listen: (acceptor: Acceptor, options: O) => Promise<TransportListener>,
  options: Partial<O> = {},
): Promise<Opened> {
  const clock = new FakeClock();
  const ends: Endpoint[] = [];
  const limits: LimitName[] = [];
  const acceptor: Acceptor = {
    accept(connection) {
      const end = new Endpoint({ turns: 10_000 });
      ends.push(end);
      return end.accept(connection);
    },
  };
  const defaults = { codecs: [text], port: 0, clock, onLimit: (limit: LimitName) => void limits.push(limit) };
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
  return { listener, port: listener.port, clock, ends, limits, end };
}
