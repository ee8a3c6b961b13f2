import type { ByteReader } from "../wire/byte-reader.js";
import { WireError } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";

// The messages of a link. docs/clustering.md has the states and who sends what when.

/** The versions of the link and its frames that this code speaks. */
export const PROTOCOL: { readonly oldest: number; readonly newest: number } = { oldest: 1, newest: 1 };

export const LinkMessageType = {
  /** "I start anew with this epoch. Answer me." */
  HELLO: 1,
  /** The answer to HELLO. */
  WELCOME: 2,
  /** Frames, or a piece of them. */
  DATA: 3,
  /** "I live; so much I sent, so much I have dealt with." */
  BEAT: 4,
  /** DATA for several nodes at once. */
  BROADCAST: 5,
} as const;

/** The epochs of both ends, as seen by the sender of a message. */
export interface Epochs {
  readonly own: number;
  readonly peer: number;
}

/** What HELLO and WELCOME say. */
export interface Greeting extends Epochs {
  /** Bytes that the receiver of this may leave unacknowledged. */
  readonly window: number;
  readonly protocol: { readonly oldest: number; readonly newest: number };
  /** What the node tells about itself. */
  readonly about: Uint8Array;
}

export function writeGreeting(to: ByteWriter, type: number, greeting: Greeting): void {
  to.byte(type);
  for (const value of [greeting.own, greeting.peer, greeting.window]) to.setNumber(to.skip(8), value);
  to.number(greeting.protocol.oldest);
  to.number(greeting.protocol.newest);
  to.data(greeting.about);
}

export function readGreeting(from: ByteReader): Greeting {
  return {
    own: from.float(),
    peer: from.float(),
    window: from.float(),
    protocol: { oldest: from.number(), newest: from.number() },
    about: from.data(),
  };
}

/** What DATA and BEAT start with. */
export interface Progress extends Epochs {
  /** Of DATA: its number. Of BEAT: the number of the last DATA sent. */
  readonly sequence: number;
  /** The last DATA of the receiver that was dealt with. */
  readonly acknowledged: number;
}

const PROGRESS_BYTES = 32;

export function writeProgress(to: ByteWriter, at: number, progress: Progress): void {
  to.setNumber(at, progress.own);
  to.setNumber(at + 8, progress.peer);
  to.setNumber(at + 16, progress.sequence);
  to.setNumber(at + 24, progress.acknowledged);
}

export function readProgress(from: ByteReader): Progress {
  return { own: from.float(), peer: from.float(), sequence: from.float(), acknowledged: from.float() };
}

/** Bytes of DATA before its frames: type, progress, and whether more pieces follow. */
export const DATA_HEAD_BYTES: number = 1 + PROGRESS_BYTES + 1;

export function writeDataHead(to: ByteWriter, at: number, progress: Progress, more: boolean): void {
  to.setByte(at, LinkMessageType.DATA);
  writeProgress(to, at + 1, progress);
  to.setByte(at + 1 + PROGRESS_BYTES, more ? 1 : 0);
}

export function writeBeat(to: ByteWriter, progress: Progress, window: number): void {
  to.byte(LinkMessageType.BEAT);
  writeProgress(to, to.skip(PROGRESS_BYTES), progress);
  to.setNumber(to.skip(8), window);
}

/** One receiver of a BROADCAST. */
export interface Recipient {
  readonly node: string;
  readonly progress: Progress;
}

export function writeBroadcastHead(to: ByteWriter, recipients: readonly Recipient[]): void {
  to.byte(LinkMessageType.BROADCAST);
  to.number(recipients.length);
  for (const { node, progress } of recipients) {
    to.text(node);
    writeProgress(to, to.skip(PROGRESS_BYTES), progress);
  }
}

/** Reads the head of a BROADCAST up to the frames. @returns what it says for this node; `undefined` if it is not named. */
export function readBroadcastHead(from: ByteReader, node: string): Progress | undefined {
  let found: Progress | undefined;
  const count = from.number();
  for (let index = 0; index < count; index++) {
    const name = from.text();
    const progress = readProgress(from);
    if (name === node) found = progress;
  }
  return found;
}

/** Bytes before each frame: its length. */
export const FRAME_HEAD_BYTES = 4;

/** Takes the frames of a message apart. The type of each comes first; the rest is its sender's and its receiver's business. */
export function* readFrames(body: ByteReader): Generator<{ type: number; body: ByteReader }, void> {
  while (body.more) {
    const length = body.uint32();
    if (length === 0) throw new WireError("a frame is empty");
    const frame = body.part(length);
    yield { type: frame.number(), body: frame };
  }
}
