import type { Framing } from "../output/framer.js";

/** Frames for the side that neither masks nor compresses: a server without permessage-deflate (RFC 6455, section 5.2). */
export function webSocketFraming(binary: boolean): Framing {
  return binary ? BINARY : TEXT;
}

const TEXT: Framing = framing(0x81);
const BINARY: Framing = framing(0x82);

function framing(opcode: number): Framing {
  return {
    headerLength: (length) => (length < 126 ? 2 : length < 65_536 ? 4 : 10),
    writeHeader(target, offset, length) {
      target[offset] = opcode;
      if (length < 126) {
        target[offset + 1] = length;
      } else if (length < 65_536) {
        target[offset + 1] = 126;
        target[offset + 2] = length >>> 8;
        target[offset + 3] = length & 0xff;
      } else {
        target[offset + 1] = 127;
        target.writeUInt16BE(0, offset + 2);
        target.writeUIntBE(length, offset + 4, 6);
      }
    },
  };
}
