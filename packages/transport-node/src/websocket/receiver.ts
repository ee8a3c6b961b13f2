import type { Writable } from "node:stream";
import type { WebSocket } from "ws";

/** A message may have so many fragments whatever its length, and then more in proportion to its length. */
const FREE_FRAGMENTS = 1024;
/** Bytes for each further fragment. Decompressing one takes as long as forty others, even if it is empty. */
const BYTES_PER_FRAGMENT = 1;
const COMPRESSED_BYTES_PER_FRAGMENT = 64;

/** So many fragments are kept as they came; then they become one. Each takes some memory, however short it is. */
const MAX_LOOSE_FRAGMENTS = 256;

/** What bounds the messages that `ws` takes, in bytes. Read with each frame. */
interface Bounded {
  _maxPayload: number;
}

/** Whoever is told what a receiver takes for an error. */
export interface ReceiverErrors {
  onReceiverError(error: Error & { readonly code?: string }): void;
}

const OWNER = Symbol("owner");

/** What `ws` holds of messages that have not arrived completely. Its types do not have it. */
interface Receiver extends Writable, Bounded {
  [OWNER]?: ReceiverErrors;
  _maxFragments: number;
  /** Whether the frame that is arriving is the last of its message. */
  readonly _fin: boolean;
  /** A data frame has arrived completely. */
  dataMessage: (done: () => void) => void;
  /** 0 before the first byte of a frame. */
  readonly _state: number;
  /** The opcode of the message whose fragments are arriving; 0 if there are none. */
  readonly _fragmented: number;
  /** Bytes, and pieces, of the frame that is arriving. */
  readonly _bufferedBytes: number;
  readonly _buffers: readonly unknown[];
  /** Length of the message that is arriving, as far as its frames say. */
  readonly _totalPayloadLength: number;
  /** Bytes, and number, of the message's complete fragments, after decompression. */
  readonly _messageLength: number;
  readonly _fragments: Buffer[];
  readonly _extensions: Readonly<Record<string, Bounded>>;
}

/** The receiving side of a WebSocket, as far as a connection looks into it. */
export class WebSocketReceiver {
  readonly #receiver: Receiver;
  readonly #bytesPerFragment: number;
  /** The fragments of the current message, and how many of them consist of several. */
  #fragments: readonly Buffer[] | undefined;
  #joined = 0;
  #counting = false;

  constructor(webSocket: WebSocket) {
    this.#bytesPerFragment = webSocket.extensions === "" ? BYTES_PER_FRAGMENT : COMPRESSED_BYTES_PER_FRAGMENT;
    const { _receiver: receiver } = webSocket as WebSocket & { readonly _receiver?: Receiver | null };
    if (receiver === undefined || receiver === null) throw new Error("a WebSocket without a receiver");
    this.#receiver = receiver;
  }

  /**
   * Bounds the messages of which more arrives, in bytes, before and after decompression, and in fragments. The fields of `ws`
   * are overwritten: a getter in their place would turn each receiver into a dictionary, which takes 1.4 KiB more.
   *
   * @param arriving - bytes that `ws` is about to get.
   */
  bound(maxBytes: number, arriving: number): void {
    const bytes = this.#receiver._totalPayloadLength + arriving;
    this.#receiver._maxFragments = FREE_FRAGMENTS + Math.floor(bytes / this.#bytesPerFragment);
    if (this.#receiver._maxPayload === maxBytes) return;
    this.#receiver._maxPayload = maxBytes;
    for (const extension of Object.values(this.#receiver._extensions)) extension._maxPayload = maxBytes;
  }

  /** Whether fragments of a message have arrived, and not all of them. */
  get fragmented(): boolean {
    return this.#receiver._fragmented !== 0;
  }

  /** Calls `listener` with each fragment from here on that is not the last of its message. Only the first call counts. */
  onFragment(listener: () => void): void {
    if (this.#counting) return;
    this.#counting = true;
    const receiver = this.#receiver;
    const { dataMessage } = receiver;
    receiver.dataMessage = (done) => {
      if (!receiver._fin) listener();
      dataMessage.call(receiver, done);
    };
  }

  /** Joins what has arrived of a message in many short fragments. */
  joinFragments(): void {
    const fragments = this.#receiver._fragments;
    if (fragments.length < MAX_LOOSE_FRAGMENTS) return;
    if (fragments !== this.#fragments) this.#joined = 0;
    this.#fragments = fragments;
    if (fragments.length - this.#joined < MAX_LOOSE_FRAGMENTS) return;
    fragments.push(Buffer.concat(fragments.splice(this.#joined)));
    this.#joined++;
  }

  /** Whether it takes more data: the peer has neither closed nor broken the protocol. */
  get writable(): boolean {
    return this.#receiver.writable;
  }

  /** Whether it holds nothing: no part of a frame, and no fragment of a message. */
  get idle(): boolean {
    const { _state, _bufferedBytes, _fragmented, writableLength } = this.#receiver;
    return _state === 0 && _bufferedBytes === 0 && _fragmented === 0 && writableLength === 0;
  }

  /** Length of the message that is arriving, as far as it is known. */
  get messageBytes(): number {
    return Math.max(this.#receiver._totalPayloadLength, this.#receiver._messageLength);
  }

  /** Bytes that are held of a message that has not arrived completely. */
  get heldBytes(): number {
    return this.#receiver._bufferedBytes + this.#receiver._messageLength;
  }

  /** Number of buffers that they are in. */
  get heldPieces(): number {
    return this.#receiver._buffers.length + this.#receiver._fragments.length;
  }

  /** Tells `owner` of an error before `ws` answers it with a close frame that has no reason. */
  handErrorsTo(owner: ReceiverErrors): void {
    this.#receiver[OWNER] = owner;
    this.#receiver.prependListener("error", onError);
  }
}

/** Shared by all receivers: a closure for each would stay as long as its connection. */
function onError(this: Writable, error: Error): void {
  (this as Receiver)[OWNER]?.onReceiverError(error);
}
