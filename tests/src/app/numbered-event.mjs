/** An event that follows from its number, so that whoever reads it can tell whether it is whole. */
export function numberedEvent(number) {
  return {
    publication: number,
    topic: `com.example.topic${number % 3}`,
    published: 1_700_000_000_000 + number,
    details: { number },
    restrictions: number % 5 === 0 ? { eligible_authrole: ["admin"] } : {},
    payload: { args: [number, "x".repeat((number * 7919) % 20_000)], kwargs: { number } },
  };
}
