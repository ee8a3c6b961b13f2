// What is in the referee is JSON, so that people can read it there.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function writeRecord(record: object): Uint8Array {
  return encoder.encode(JSON.stringify(record));
}

/** @returns `undefined` for what is no JSON object: somebody else wrote it. */
export function readRecord(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(decoder.decode(bytes));
    return typeof record === "object" && record !== null ? (record as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
