import { connect } from "node:net";
import { inTime } from "../support/wait.js";

/** What one connection does to the router. */
export interface Attack {
  readonly title: string;
  /** Written one after the other. */
  readonly chunks: readonly Uint8Array[];
  /**
   * How it ends: `finish` says that nothing more will come, `reset` cuts the connection without a word, `wait` leaves it
   * to the router, which has every reason to hang up.
   */
  readonly ending: "finish" | "reset" | "wait";
  /** How many messages it sends, right or wrong. */
  readonly frames: number;
}

/** Runs one attack. Fails when the router is not there any more, or does not let go of the connection. */
export function run({ title, chunks, ending }: Attack, port: number): Promise<void> {
  const attack = new Promise<void>((resolve, reject) => {
    let connected = false;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => {
      connected = true;
      const send = (index: number): void => {
        const chunk = chunks[index];
        if (socket.destroyed) return;
        if (chunk === undefined) finish();
        else socket.write(chunk, () => send(index + 1));
      };
      send(0);
    });
    const finish = (): void => {
      if (ending === "finish") socket.end();
      if (ending === "reset") socket.resetAndDestroy();
    };
    // The router's end of the conversation is the end of ours.
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve());
    socket.on("error", (error) => {
      // What is written to a router that has hung up comes back as an error.
      if (!connected) reject(error);
    });
    // Some never read what they are sent.
    if (ending !== "reset") socket.resume();
  });
  return inTime(`the router to let go of "${title}"`, attack);
}
