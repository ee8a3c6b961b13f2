import type { Bus } from "../bus.js";
import { FrameType } from "../fabric/frames.js";
import {
  DATA_HEAD_BYTES,
  FRAME_HEAD_BYTES,
  LinkMessageType,
  readFrames,
  readGreeting,
  writeGreeting,
} from "../link/link-messages.js";
import { ByteReader } from "../wire/byte-reader.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { readRecord, writeRecord } from "../wire/record.js";

/** Types that no version has so far: state, calls, events and questions. */
const UNKNOWN_TYPES = [19, 29, 39];

/** The bus of a node of a later version: it says more than this one knows, in greetings, after known fields, and in frames of its own. */
export function laterVersion(bus: Bus, oldest = 1): Bus {
  return changed(bus, {
    about: (about) => ({ ...about, later: { anything: [1] } }),
    protocol: { oldest, newest: 2 },
    frame: (to, type, body) => {
      for (const unknown of UNKNOWN_TYPES) write(to, unknown, Uint8Array.of(1, 2, 3));
      write(to, type, Uint8Array.of(...body, 0xff, 1, 2));
    },
  });
}

/** What later versions added within version 1 of the protocol. */
const ADDED: readonly number[] = [FrameType.RULES, FrameType.LEAVING, FrameType.BEQUEST];

/** The bus of a node of the first version, which says less. */
export function firstVersion(bus: Bus): Bus {
  return changed(bus, {
    about: ({ realms }) => ({ realms }),
    protocol: { oldest: 1, newest: 1 },
    frame: (to, type, body) => {
      if (!ADDED.includes(type)) write(to, type, body);
    },
  });
}

interface Change {
  readonly about: (about: Readonly<Record<string, unknown>>) => object;
  readonly protocol: { readonly oldest: number; readonly newest: number };
  readonly frame: (to: ByteWriter, type: number, body: Uint8Array) => void;
}

function changed(bus: Bus, change: Change): Bus {
  return {
    maxBytes: bus.maxBytes,
    open: (handler) => bus.open(handler),
    send: (to, message) => bus.send(to, changeMessage(message, change)),
    broadcast: (message) => bus.broadcast(message),
    close: () => bus.close(),
  };
}

function changeMessage(message: Uint8Array, { about, protocol, frame }: Change): Uint8Array {
  const to = new ByteWriter();
  const type = message[0]!;
  if (type === LinkMessageType.HELLO || type === LinkMessageType.WELCOME) {
    const greeting = readGreeting(new ByteReader(message, 1));
    const said = about(readRecord(greeting.about) ?? {});
    writeGreeting(to, type, { ...greeting, protocol, about: writeRecord(said) });
    return to.view();
  }
  if (type !== LinkMessageType.DATA) return message;
  to.raw(message.subarray(0, DATA_HEAD_BYTES));
  for (const { type: frameType, body } of readFrames(new ByteReader(message, DATA_HEAD_BYTES)))
    frame(to, frameType, body.rest());
  return to.view();
}

function write(to: ByteWriter, type: number, body: Uint8Array): void {
  const at = to.skip(FRAME_HEAD_BYTES);
  to.number(type);
  to.raw(body);
  to.setUint32(at, to.length - at - FRAME_HEAD_BYTES);
}
