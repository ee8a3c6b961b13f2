/** Spaces that are not ASCII's become one (RFC 3454, table C.1.2). */
const OTHER_SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;

/** Commonly mapped to nothing (RFC 3454, table B.1). */
const NOTHING = /\u00AD|\u034F|\u1806|\u180B|\u180C|\u180D|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;

/** Controls, private use, surrogates, non-characters, tags and what is not for plain text (tables C.2 to C.9). */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u0340\u0341\u06DD\u070F\u180E\u200E\u200F\u2028-\u202E\u2061-\u2063\u206A-\u206F\u2FF0-\u2FFB\uFFF9-\uFFFD\u{1D173}-\u{1D17A}\u{E0001}\u{E0020}-\u{E007F}]/u;

/**
 * Normalizes a name or password, so that what is typed on two keyboards is the same (RFC 4013, for queries). ASCII stays
 * as it is. The check of mixed writing directions is left out: it refuses strings, it does not change them.
 *
 * @throws TypeError for characters that no name or password may have.
 */
export function saslprep(text: string): string {
  const normal = mapped(text);
  if (PROHIBITED.test(normal)) throw new TypeError("a name or password has a character that is not allowed in one");
  return normal;
}

/** Whether a text can be normalized. */
export function isName(text: string): boolean {
  return !PROHIBITED.test(mapped(text));
}

function mapped(text: string): string {
  return text.replaceAll(OTHER_SPACES, " ").replaceAll(NOTHING, "").normalize("NFKC");
}
