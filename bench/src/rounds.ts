/** The value of the option `--rounds`. @throws Error that says what it must be. */
export function readRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds: expected a whole number, 1 or more, got "${text}"`);
  return rounds;
}
