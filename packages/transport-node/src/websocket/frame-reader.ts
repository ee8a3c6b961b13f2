import type { Socket } from "node:net";
import type { WebSocketReceiver } from "./receiver.js";
import { unmask } from "./unmask.js";

/** FIN and the opcode of a text or binary message, without reserved bits (RFC 6455, section 5.2). */
const WHOLE_TEXT = 0x81;
const WHOLE_BINARY = 0x82;
const MASKED = 0x80;

/** Instead of the length of a frame: it is none of ours, or what has arrived does not tell its length. */
const NOT_OURS = 0;
const UNKNOWN = -1;

/** The longest head: two bytes, a length in 64 bits, and a mask. */
const MAX_HEAD_BYTES = 14;

/** What a {@link WebSocketFrameReader} asks of its connection. */
export interface FrameReaderOwner {
  /** The longest message, in bytes. Asked with each frame. */
  maxMessageBytes(): number;
  /** A whole message has arrived. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** A chunk of so many bytes has been read, here or by `ws`. */
  onRead(bytes: number): void;
  /** Whether the rest of a chunk is to wait, if there can be much in it. */
  readonly timeIsOver: boolean;
}

/** `ws` gets so many bytes at a time: they can be hundreds of fragments or control frames. */
export const WS_PIECE_BYTES = 4096;

/**
 * Reads, before `ws`, the frames that nearly all messages of clients are: whole messages (FIN and no reserved bit, text or
 * binary), masked, not too long, within one chunk of data.
 *
 * `ws` gets everything else, and every byte of it, in order: a frame that goes on in the next chunk, up to its end; and from
 * anything that is no such frame (a fragment, a control frame, a violation) on all bytes, until it holds nothing at the end
 * of a chunk. So `ws` judges every violation, and it alone closes.
 *
 * For servers only, and for WebSockets without extensions.
 */
export class WebSocketFrameReader {
  readonly #socket: Socket;
  readonly #receiver: WebSocketReceiver;
  readonly #owner: FrameReaderOwner;
  readonly #wsListener: (chunk: Buffer) => void;
  /** Bytes of the current frame that `ws` has not got yet; {@link UNKNOWN} while it gets all bytes. */
  #forWs = 0;
  /** The first bytes of the current frame, which do not tell its length. `ws` has got them. */
  #head: Buffer | undefined;

  /** @param wsListener - of `ws`, for data. */
  constructor(
    socket: Socket,
    receiver: WebSocketReceiver,
    owner: FrameReaderOwner,
    wsListener: (chunk: Buffer) => void,
  ) {
    this.#socket = socket;
    this.#receiver = receiver;
    this.#owner = owner;
    this.#wsListener = wsListener;
  }

  /** Reads a chunk of data in the place of `ws`. */
  readonly read = (chunk: Buffer): Buffer | undefined => {
    if (this.#head !== undefined) this.#readHead(this.#head, chunk);
    let at = 0;
    // Once the peer has closed or broken the protocol, `ws` takes nothing more.
    while (at < chunk.length && this.#receiver.writable) {
      if (this.#forWs === UNKNOWN && at > 0 && this.#owner.timeIsOver) break;
      at = this.#forWs === 0 ? this.#readFrames(chunk, at) : this.#writeToWs(chunk, at);
    }
    if (this.#forWs === UNKNOWN && this.#receiver.idle) this.#forWs = 0;
    this.#owner.onRead(at);
    return at < chunk.length && this.#receiver.writable ? chunk.subarray(at) : undefined;
  };

  /** Reads frames until there is something for `ws`. @returns where that begins. */
  #readFrames(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length) {
      const length = frameLength(chunk, at, this.#owner.maxMessageBytes());
      const end = at + length;
      if (length <= 0 || end > chunk.length) {
        this.#forWs = length > 0 ? length : UNKNOWN;
        if (length === UNKNOWN) this.#head = Buffer.from(chunk.subarray(at));
        break;
      }
      const isBinary = chunk[at] === WHOLE_BINARY;
      const begin = at + headLength(chunk[at + 1]!);
      unmask(chunk, begin, end);
      at = end;
      this.#owner.onMessage(chunk.subarray(begin, end), isBinary);
    }
    return at;
  }

  /** @returns where the bytes after those for `ws` begin. */
  #writeToWs(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + (this.#forWs === UNKNOWN ? WS_PIECE_BYTES : this.#forWs));
    if (this.#forWs !== UNKNOWN) this.#forWs -= end - at;
    this.#receiver.bound(this.#owner.maxMessageBytes(), end - at);
    this.#wsListener.call(this.#socket, at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    if (this.#forWs === 0 && !this.#receiver.idle) this.#forWs = UNKNOWN;
    return end;
  }

  /** The next bytes of a frame may tell how long it is. */
  #readHead(first: Buffer, chunk: Buffer): void {
    const head = Buffer.concat([first, chunk.subarray(0, MAX_HEAD_BYTES)]);
    const length = frameLength(head, 0, this.#owner.maxMessageBytes());
    this.#head = length === UNKNOWN ? head : undefined;
    this.#forWs = length > 0 ? length - first.length : UNKNOWN;
  }
}

/** The length of the frame at `at`, head and payload. */
function frameLength(bytes: Buffer, at: number, maxMessageBytes: number): number {
  const first = bytes[at];
  if (first !== WHOLE_TEXT && first !== WHOLE_BINARY) return NOT_OURS;
  const second = bytes[at + 1];
  if (second === undefined) return UNKNOWN;
  if (second < MASKED) return NOT_OURS;
  let length = second - MASKED;
  if (length === 126) {
    if (at + 4 > bytes.length) return UNKNOWN;
    length = bytes.readUInt16BE(at + 2);
  } else if (length === 127) {
    if (at + 10 > bytes.length) return UNKNOWN;
    length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
  }
  return length > maxMessageBytes ? NOT_OURS : headLength(second) + length;
}

/** The length of a head with a mask. */
function headLength(second: number): number {
  if (second < MASKED + 126) return 6;
  return second === MASKED + 126 ? 8 : MAX_HEAD_BYTES;
}

/** Takes the listener of `ws` off a socket. */
export function takeListener(socket: Socket): (chunk: Buffer) => void {
  const [listener, another] = socket.listeners("data");
  if (listener === undefined || another !== undefined) throw new Error("expected one listener of ws on the socket");
  socket.off("data", listener as (chunk: Buffer) => void);
  return listener as (chunk: Buffer) => void;
}
