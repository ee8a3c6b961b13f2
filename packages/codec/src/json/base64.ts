/** Base64 with padding (RFC 4648, section 4). The platform's `btoa` and `atob` take a microsecond for 25 bytes. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 0x3d;
const DECODER = new TextDecoder();
const INVALID = 64;

const LETTERS: Uint8Array = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const VALUES: Uint8Array = new Uint8Array(128).fill(INVALID);
for (const [value, letter] of LETTERS.entries()) VALUES[letter] = value;

export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let filled = 0;
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
  return DECODER.decode(text);
}

/** The bytes that `text` stands for from `start` on, `undefined` when it is not Base64 with its padding. */
export function fromBase64(text: string, start: number): Uint8Array | undefined {
  if ((text.length - start) % 4 !== 0) return undefined;
  let end = text.length;
  while (end > Math.max(start, text.length - 2) && text.charCodeAt(end - 1) === PADDING) end--;
  const bytes = new Uint8Array(Math.floor(((end - start) * 3) / 4));
  let filled = 0;
  let bits = 0;
  let group = 0;
  for (let offset = start; offset < end; offset++) {
    const code = text.charCodeAt(offset);
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
