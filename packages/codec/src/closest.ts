/** The candidate that was probably meant by a misspelled word, if any is close enough. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.slice(0, MAX_LENGTH).toLowerCase();
  let best: string | undefined;
  // A third of the word may be wrong.
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best ?? candidates.find((candidate) => isLonger(wanted, candidate.toLowerCase()));
}

/** The end of an error about a word that is no candidate: `; did you mean prefix?`. Empty if none is close. */
export function suggestion(word: unknown, candidates: readonly string[]): string {
  const meant = typeof word === "string" ? closest(word, candidates) : undefined;
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

const MAX_LENGTH = 40;

/** Whether a word has more at its end: `certFile` for `cert`. */
function isLonger(word: string, candidate: string): boolean {
  return candidate.length > 2 && word.startsWith(candidate);
}

/** Edits from one word to the other: letters inserted, removed or replaced, and neighbours swapped. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = last[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const edits = Math.min(last[column]! + 1, current[column - 1]! + 1, replaced);
      current.push(swapped ? Math.min(edits, beforeLast[column - 2]! + 1) : edits);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length]!;
}
