/** Creates an event from its number, so that a reader can compare the whole event. */
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
