/** Non-ASCII spaces, mapped to the space (RFC 3454, table C.1.2). */
const OTHER_SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;

/** Characters commonly mapped to nothing (RFC 3454, table B.1). */
const MAPPED_TO_NOTHING = /\u00AD|\u034F|\u1806|\u180B|\u180C|\u180D|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;

/** Controls, private use, surrogates, non-characters, tags, and characters unfit for plain text (tables C.2 to C.9). */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u0340\u0341\u06DD\u070F\u180E\u200E\u200F\u2028-\u202E\u2061-\u2063\u206A-\u206F\u2FF0-\u2FFB\uFFF9-\uFFFD\u{1D173}-\u{1D17A}\u{E0001}\u{E0020}-\u{E007F}]/u;

/**
 * Normalizes a name or password, so that two keyboards produce the same text (RFC 4013, as for a query). ASCII is
 * unchanged. The check of mixed writing directions is left out: it only rejects strings, it does not change them.
 *
 * @throws TypeError when the text has a prohibited character.
 */
export function saslprep(text: string): string {
  const normalized = map(text);
  if (PROHIBITED.test(normalized)) throw new TypeError("a name or password has a character that SASLprep prohibits");
  return normalized;
}

/** Whether {@link saslprep} accepts the text. */
export function isName(text: string): boolean {
  return !PROHIBITED.test(map(text));
}

function map(text: string): string {
  return text.replaceAll(OTHER_SPACES, " ").replaceAll(MAPPED_TO_NOTHING, "").normalize("NFKC");
}
