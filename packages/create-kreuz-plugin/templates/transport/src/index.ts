import { type AddressInfo, createServer, type Server } from "node:net";
import { DEFAULT_MAX_BYTES, defineTransport, outboxLimitsOf } from "@kreuz/codec";
import { integer, options, text } from "@kreuz/codec/options";
import { LineConnection, type LineSettings } from "./line-connection.js";

/** Carries one JSON message a line, over TCP: a place to begin, in which you change the framing. */
export const myPlugin = defineTransport({
  name: "my-plugin",
  options: options({
    host: text("an address").default("127.0.0.1"),
    port: integer(0, 65_535),
    maxConnections: integer(1).default(1000),
  }),
  example: { port: 0 },
  create: ({ host, port, maxConnections }) => ({
    async listen(acceptor, { codecs, onLimit, ...context }) {
      const codec = codecs.find(({ id }) => id === "json");
      if (codec === undefined) throw new Error("it needs the codec json");
      const settings: LineSettings = { ...defaults(), ...context, onLimit };
      const connections = new Set<LineConnection>();
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        if (connections.size >= maxConnections) {
          onLimit("connections");
          return void socket.destroy();
        }
        socket.setKeepAlive(true, 60_000);
        const connection = new LineConnection(socket, codec, settings);
        connections.add(connection);
        socket.on("close", () => connections.delete(connection));
        connection.admit(acceptor);
      });
      const { port: opened } = await listen(server, port, host);
      let closed: Promise<void> | undefined;
      const stopAccepting = () => (closed ??= new Promise((resolve) => server.close(() => resolve())));
      return {
        url: `my-plugin://${host}:${opened}`,
        port: opened,
        get connections() {
          return connections.size;
        },
        stopAccepting: () => void stopAccepting(),
        async close() {
          const gone = stopAccepting();
          for (const connection of connections) connection.close("going-away");
          await gone;
        },
      };
    },
  }),
});

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

/** Settings that no option changes. */
export function defaults(): Pick<LineSettings, "maxMessageBytes" | "closeTimeout" | "outbox"> {
  return { maxMessageBytes: DEFAULT_MAX_BYTES, closeTimeout: 5000, outbox: outboxLimitsOf() };
}
