import { asError, type Acceptor, type Connection, type RouterMessage } from "@kreuz/codec";
import type { Transport } from "./transport.js";

/**
 * Makes a transport of connections as `@kreuz/codec` defines them: in memory, by RawSocket, or of your own.
 *
 * @param connect - connects, and asks the acceptor for the handler of the connection.
 */
export function connectionTransport(connect: (acceptor: Acceptor) => unknown): Transport {
  return {
    async open(events, signal) {
      let drain = (): void => {};
      let wait: Promise<void> | undefined;
      let failure: Error | undefined;
      let connection!: Connection;
      await connect({
        accept(accepted) {
          connection = accepted;
          return {
            onFrame(frame) {
              if (failure !== undefined) return;
              try {
                events.onMessage(accepted.codec.decode(frame) as RouterMessage);
              } catch (error) {
                failure = asError(error);
                accepted.close("protocol-error");
              }
            },
            onDrain: () => drain(),
            onClose(error) {
              drain();
              events.onClose(failure ?? error);
            },
          };
        },
      });
      if (signal.aborted) {
        connection.close();
        throw signal.reason;
      }
      return {
        send(message) {
          if (connection.sendMessage(message)) return;
          wait ??= new Promise((resolve) => {
            drain = () => {
              wait = undefined;
              resolve();
            };
          });
        },
        close: () => connection.close(),
        ready: () => wait,
        channelBinding: (type) => connection.evidence?.channelBinding?.(type),
      };
    },
  };
}
