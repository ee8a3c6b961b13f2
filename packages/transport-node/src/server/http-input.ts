import type { Socket } from "node:net";
import type { Account } from "@kreuz/codec";
import { FEW_BYTES, type Pace, type Paced } from "../connection/pace.js";
import type { AcceptedSocket } from "./accepted-socket.js";
import { readUpgradeRequest, type UpgradeRequest } from "./upgrade-request.js";

/** Some hundred bytes are a whole request, and Node.js goes on parsing what it has been given, even on a destroyed socket. */
const PIECE_BYTES = 1024;
/**
 * Who was served in one of the last turns sends much, even if each time it is little: a request can cause a lot of work that
 * is done later, when the pace no longer measures.
 */
const RECENT_TURNS = 64;

/** What an {@link HttpInput} asks of its server. */
export interface HttpInputOwner {
  /** The first data of a socket was a plain upgrade request. From here on, nobody reads the socket. */
  onPlainUpgrade(request: UpgradeRequest, accepted: AcceptedSocket): void;
  /** It was something else: lets Node's HTTP server serve the socket. */
  serveByNode(accepted: AcceptedSocket, input: HttpInput): void;
}

/**
 * Reads the first data of a socket that is to speak HTTP. If it is a plain upgrade request, that is all. Otherwise it stands
 * before Node's HTTP parser, and gives it what arrives in small pieces: not more requests than there is time for in a turn
 * of the event loop, and none once enough have been seen. What waits is charged to the client.
 */
export class HttpInput implements Paced {
  readonly #accepted: AcceptedSocket;
  readonly #socket: Socket;
  readonly #pace: Pace;
  readonly #account: Account | undefined;
  readonly #owner: HttpInputOwner;
  /** Of Node.js, from the first data on. */
  #parse: ((piece: Buffer) => void) | undefined;
  /** What has arrived and is not parsed yet. */
  #rest: Buffer | undefined;
  #charged = 0;
  #waiting = false;
  /** The turn in which something was parsed last. */
  #lastTurn = -RECENT_TURNS;
  /** Nothing more is parsed: all that arrives is dropped. */
  #stopped = false;

  constructor(accepted: AcceptedSocket, pace: Pace, owner: HttpInputOwner) {
    this.#accepted = accepted;
    this.#socket = accepted.socket;
    this.#pace = pace;
    this.#account = accepted.account?.account;
    this.#owner = owner;
  }

  /** Begins to read. */
  listen(): void {
    this.#socket.on("data", this.#onData);
  }

  /** @internal Kept by the pace. */
  had = 0;

  /** @internal Asked by the pace. */
  get busy(): boolean {
    return this.#rest !== undefined && (this.#rest.length > FEW_BYTES || this.#isRecent);
  }

  get #isRecent(): boolean {
    return this.#pace.turn - this.#lastTurn < RECENT_TURNS;
  }

  /** Parses nothing from here on. */
  stop(): void {
    this.#stopped = true;
    this.#rest = undefined;
    this.#chargeRest();
  }

  /** The socket speaks another protocol now. @returns what has arrived of it, and was not parsed. */
  release(): Buffer {
    const rest = this.#rest ?? Buffer.alloc(0);
    this.stop();
    this.#socket.off("data", this.#onData);
    this.#socket.off("resume", this.#onResume);
    return rest;
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#stopped) return;
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    // Whoever had the socket before may have resumed it.
    if (this.#waiting) this.#socket.pause();
    this.#parseOrWait();
    this.#chargeRest();
  };

  /**
   * Node.js had paused it, because too many answers waited, or too much of a body; or a request asks for its body, which
   * resumes the socket whoever paused it.
   */
  readonly #onResume = (): void => {
    if (this.#waiting) return void this.#socket.pause();
    this.#parseOrWait();
    this.#chargeRest();
  };

  #parseOrWait(): void {
    if (this.#waiting || this.#rest === undefined) return;
    if (this.#pace.hasTime(this.#isRecent ? Infinity : this.#rest.length, this)) this.#parseSome();
    else this.#wait();
  }

  /** @internal Called by the pace. */
  proceed(): void {
    this.#waiting = false;
    this.#socket.resume();
    // At once, and not when the socket emits `resume`: the pace measures how long it takes.
    this.#parseSome();
    this.#chargeRest();
  }

  #wait(): void {
    this.#waiting = true;
    this.#socket.pause();
    this.#pace.await(this);
  }

  #parseSome(): void {
    const { slice } = this.#pace;
    const began = this.#pace.now();
    this.#lastTurn = this.#pace.turn;
    while (this.#rest !== undefined && !this.#socket.destroyed && !this.#socket.isPaused()) {
      if (this.#parse === undefined) {
        const request = readUpgradeRequest(this.#rest);
        if (request !== undefined) return this.#upgrade(request);
        this.#parse = this.#takeParser();
      }
      const piece = this.#rest.subarray(0, PIECE_BYTES);
      this.#rest = this.#rest.length > PIECE_BYTES ? this.#rest.subarray(PIECE_BYTES) : undefined;
      this.#parse(piece);
      if (this.#rest !== undefined && !this.#socket.isPaused() && this.#pace.now() - began > slice) return this.#wait();
    }
  }

  #upgrade(request: UpgradeRequest): void {
    this.release();
    this.#owner.onPlainUpgrade(request, this.#accepted);
  }

  /** Takes the place of Node's parser at the socket. */
  #takeParser(): (piece: Buffer) => void {
    this.#socket.off("data", this.#onData);
    this.#owner.serveByNode(this.#accepted, this);
    const [parse, another] = this.#socket.listeners("data");
    if (parse === undefined || another !== undefined) throw new Error("expected one listener of Node's HTTP parser");
    // From the first listener of somebody else on, the parser no longer reads behind the back of the stream.
    this.#socket.on("data", this.#onData);
    this.#socket.on("resume", this.#onResume);
    this.#socket.off("data", parse as (piece: Buffer) => void);
    return parse as (piece: Buffer) => void;
  }

  #chargeRest(): void {
    const bytes = this.#rest?.length ?? 0;
    if (bytes > this.#charged) this.#account?.charge(bytes - this.#charged, 0);
    else if (bytes < this.#charged) this.#account?.refund(this.#charged - bytes, 0);
    this.#charged = bytes;
  }
}
