import { connect } from "node:net";
import { inTime } from "../support/wait.js";

/** What one connection does to the router. */
export interface Attack {
  readonly title: string;
  /** Written in order, each when the one before has left. */
  readonly chunks: readonly Uint8Array[];
  /**
   * How it ends: `finish` says that nothing more will come, `reset` cuts the connection without a word, `wait` leaves it
   * to the router, which has every reason to hang up.
   */
  readonly ending: "finish" | "reset" | "wait";
  /** How many messages it sends, valid or not. */
  readonly frames: number;
}

/** Runs one attack. Rejects when the router does not accept the connection, or does not end it. */
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
    // The other half is closed when the router has closed its own.
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve());
    socket.on("error", (error) => {
      // Writing to a connection that the router has closed is an error.
      if (!connected) reject(error);
    });
    // Some attackers never read.
    if (ending !== "reset") socket.resume();
  });
  return inTime(`the router to end the connection of "${title}"`, attack);
}
