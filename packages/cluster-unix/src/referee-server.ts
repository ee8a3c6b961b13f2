import { createServer, type Server, type Socket } from "node:net";
import type { Referee } from "@kreuz/cluster";
import { asError } from "@kreuz/codec";
import { framed, FrameReader } from "./frames.js";

/** A request, in JSON: its number, and what is asked for. Values are base64; `null` deletes. */
export type RefereeRequest =
  | readonly [id: number, method: "read", key: string]
  | readonly [id: number, method: "write", key: string, value: string | null, expected: string]
  | readonly [id: number, method: "keys", prefix: string];

/** An answer. Keys come in several; the last one is empty. */
export type RefereeAnswer =
  | { readonly id: number; readonly value?: string; readonly revision?: string }
  | { readonly id: number; readonly keys: readonly string[] }
  | { readonly id: number; readonly error: string };

/** The longest request and answer, in bytes. */
export const MAX_REFEREE_BYTES: number = 1024 * 1024;
const KEYS_PER_ANSWER = 1000;

/** Lets other processes of this machine use a referee of this one, over a Unix socket. */
export class RefereeServer {
  readonly #referee: Referee;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(referee: Referee) {
    this.#referee = referee;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param path - in a folder that only the user of the nodes can enter (mode 0700). */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, resolve);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await this.#referee.close();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    const reader = new FrameReader(MAX_REFEREE_BYTES, (frame) => {
      void this.#answer(socket, JSON.parse(frame.toString()) as RefereeRequest);
    });
    socket.on("data", (data) => {
      try {
        reader.read(data);
      } catch {
        socket.destroy();
      }
    });
  }

  async #answer(socket: Socket, request: RefereeRequest): Promise<void> {
    const [id] = request;
    try {
      for await (const answer of this.#answers(request))
        // Only lists are long.
        if (!send(socket, answer) && "keys" in answer) await drained(socket);
    } catch (error) {
      send(socket, { id, error: asError(error).message });
    }
  }

  async *#answers([id, method, key, value, expected]: RefereeRequest): AsyncIterable<RefereeAnswer> {
    switch (method) {
      case "read": {
        const known = await this.#referee.read(key);
        yield known === undefined
          ? { id }
          : { id, value: Buffer.from(known.value).toString("base64"), revision: known.revision };
        return;
      }
      case "write": {
        const bytes = value === null ? undefined : new Uint8Array(Buffer.from(value, "base64"));
        yield { id, revision: await this.#referee.write(key, bytes, expected) };
        return;
      }
      case "keys": {
        let keys: string[] = [];
        for await (const found of this.#referee.keys(key)) {
          if (keys.push(found) < KEYS_PER_ANSWER) continue;
          yield { id, keys };
          keys = [];
        }
        if (keys.length > 0) yield { id, keys };
        yield { id, keys: [] };
      }
    }
  }
}

function send(socket: Socket, answer: RefereeAnswer): boolean {
  return socket.destroyed || socket.write(framed(Buffer.from(JSON.stringify(answer))));
}

function drained(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve(undefined);
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}
