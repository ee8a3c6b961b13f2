import type { Socket } from "node:net";

/**
 * Reads the beginning of what a peer sends, until `judge` has seen enough. It must give back by `unshift` what is not
 * its own; whoever gets the socket then reads on from there.
 */
export function readStart(socket: Socket, judge: (data: Buffer) => "more" | undefined | void): void {
  let data: Buffer = Buffer.alloc(0);
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    data = data.length === 0 ? chunk : Buffer.concat([data, chunk]);
    // Taken off before the judgement and put back after it, so that the next owner finds no listener of ours.
    socket.off("readable", onReadable);
    if (judge(data) === "more") socket.on("readable", onReadable);
  };
  socket.on("readable", onReadable);
}
