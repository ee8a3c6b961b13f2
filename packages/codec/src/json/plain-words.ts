/** The first offset from `start` on where a word may begin. */
export function alignedFrom({ byteOffset }: Uint8Array, start: number): number {
  return start + ((4 - ((byteOffset + start) % 4)) % 4);
}

/** Where the run of words from `start` on ends that have nothing but plain characters of a string. */
export function endOfPlainWords({ buffer, byteOffset, length }: Uint8Array, start: number): number {
  const words = new Uint32Array(buffer, byteOffset + start, (length - start) >>> 2);
  let index = 0;
  // Four in one round: a check of the bounds costs as much as one of the word.
  while (index + 3 < words.length && arePlain(words, index)) index += 4;
  while (index < words.length && isPlain(words[index] as number)) index++;
  return start + 4 * index;
}

function arePlain(words: Uint32Array, index: number): boolean {
  return (
    isPlain(words[index] as number) &&
    isPlain(words[index + 1] as number) &&
    isPlain(words[index + 2] as number) &&
    isPlain(words[index + 3] as number)
  );
}

/**
 * Whether none of four bytes is a control character, a quote, a backslash or beyond ASCII. A subtraction sets the
 * highest bit of a byte that is smaller than what is taken away, and borrows from its neighbour only then.
 */
function isPlain(word: number): boolean {
  const control = word - 0x2020_2020;
  const quote = (word ^ 0x2222_2222) - 0x0101_0101;
  const backslash = (word ^ 0x5c5c_5c5c) - 0x0101_0101;
  return ((word | control | quote | backslash) & 0x8080_8080) === 0;
}
