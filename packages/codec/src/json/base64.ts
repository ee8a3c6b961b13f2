// Coded here because the platform's `btoa` and `atob` take a microsecond for 25 bytes.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 0x3d;
const INVALID = 64;
const LETTERS: Uint8Array = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const VALUES: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = ALPHABET.indexOf(String.fromCharCode(code));
  return value < 0 ? INVALID : value;
});
const DECODER = new TextDecoder();

const ENCODER = new TextEncoder();

/** Length of so many bytes in Base64. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** Encodes bytes as Base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(base64Length(bytes.length));
  writeBase64(bytes, text, 0);
  return DECODER.decode(text);
}

/** Writes Base64 at an offset of `text`, which has room for it. @returns the offset behind it. */
export function writeBase64(bytes: Uint8Array, text: Uint8Array, start: number): number {
  let filled = start;
  for (let offset = 0; offset < bytes.length; offset += 3) {
    const left = bytes.length - offset;
    const group =
      ((bytes[offset] as number) << 16) |
      (left > 1 ? (bytes[offset + 1] as number) << 8 : 0) |
      (left > 2 ? (bytes[offset + 2] as number) : 0);
    text[filled++] = LETTERS[group >> 18] as number;
    text[filled++] = LETTERS[(group >> 12) & 63] as number;
    text[filled++] = left > 1 ? (LETTERS[(group >> 6) & 63] as number) : PADDING;
    text[filled++] = left > 2 ? (LETTERS[group & 63] as number) : PADDING;
  }
  return filled;
}

/**
 * Decodes Base64 with padding (RFC 4648, section 4).
 *
 * @param start - index of the first digit in `text`.
 * @returns `undefined` unless all of the text from there on is Base64. Unused bits of the last digit are ignored.
 */
export function fromBase64(text: string, start: number): Uint8Array | undefined {
  const digits = ENCODER.encode(start === 0 ? text : text.slice(start));
  return readBase64(digits, 0, digits.length);
}

/** Decodes Base64 that lies in `text` as ASCII, as {@link fromBase64} does. */
export function readBase64(text: Uint8Array, start: number, stop: number): Uint8Array | undefined {
  if ((stop - start) % 4 !== 0) return undefined;
  let end = stop;
  while (end > Math.max(start, stop - 2) && text[end - 1] === PADDING) end--;
  const bytes = new Uint8Array(Math.floor(((end - start) * 3) / 4));
  let filled = 0;
  let bits = 0;
  let group = 0;
  for (let offset = start; offset < end; offset++) {
    const code = text[offset] as number;
    const value = code < 128 ? (VALUES[code] as number) : INVALID;
    if (value === INVALID) return undefined;
    group = (group << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[filled++] = group >> bits;
    }
  }
  return bytes;
}
