import { connect, type NetConnectOpts, type Socket } from "node:net";
import { waitUntil } from "@kreuz/testkit";

/** A client that sends bytes and records the bytes that arrive. */
export class BytePeer {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  closed = false;

  constructor(place: number | string) {
    const options: NetConnectOpts = typeof place === "number" ? { port: place, host: "127.0.0.1" } : { path: place };
    this.socket = connect(options);
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
    this.socket.on("data", (data: Buffer) => {
      this.received = Buffer.concat([this.received, data]);
    });
  }

  /** Sends bytes given as numbers, as text or as they are. */
  send(bytes: readonly number[] | string | Uint8Array): void {
    this.socket.write(typeof bytes === "string" ? bytes : Buffer.from(bytes));
  }

  async until(wanted: string, ready: () => boolean): Promise<void> {
    if (!(await waitUntil(ready, { turns: 10_000 }))) throw new Error(`waited in vain for ${wanted}`);
  }

  /** The first `count` bytes, once they have arrived. */
  async bytes(count: number): Promise<number[]> {
    await this.until(`${count} bytes`, () => this.received.length >= count);
    return [...this.received.subarray(0, count)];
  }

  async end(): Promise<void> {
    await this.until("the end", () => this.closed);
  }
}
