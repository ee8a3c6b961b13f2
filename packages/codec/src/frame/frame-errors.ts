import { ProtocolError } from "../errors.js";

/** Errors that every codec raises alike. */

export function tooDeep(maxDepth: number): ProtocolError {
  return new ProtocolError(`the message nests deeper than ${maxDepth} levels of lists and dicts`);
}

export function tooManyValues(maxValues: number): ProtocolError {
  return new ProtocolError(`the message has more than ${maxValues} values`);
}

export function duplicateKey(): ProtocolError {
  return new ProtocolError("a key occurs twice in one dict; keys must be unique");
}

export function truncated(): ProtocolError {
  return new ProtocolError("the frame ends in the middle of the message");
}

export function trailingBytes(count: number): ProtocolError {
  return new ProtocolError(`${count} bytes follow the message in the frame`);
}

export function invalidByte(format: string, byte: number): ProtocolError {
  return new ProtocolError(`byte 0x${byte.toString(16).padStart(2, "0")} has no meaning in ${format} at this place`);
}

export function invalidKey(): ProtocolError {
  return new ProtocolError("a dict has a key that is not a string");
}
