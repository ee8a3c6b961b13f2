import { type Message, messageName } from "@kreuz/codec";

/**
 * One executable clause of a contract. A case is a name and a function that throws, so it runs in any test runner:
 * `for (const { name, run } of transportContract(harness)) it(name, run)`.
 */
export interface ContractCase {
  readonly name: string;
  /** Runs the case. Rejects with a {@link ContractError}, or with the error that the implementation threw. */
  run(): Promise<void>;
}

/** Creates a case from a synchronous body. */
export function syncCase(name: string, body: () => void): ContractCase {
  return { name, run: async () => body() };
}

/** A clause of a contract is violated. */
export class ContractError extends Error {
  override readonly name = "ContractError";
}

/** @throws ContractError with the message `otherwise` unless `condition` holds. */
export function check(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ContractError(otherwise);
}

/** @throws ContractError unless both are the same primitive value or object. `what` names the value. */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected))
    throw new ContractError(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}

/** @throws ContractError unless `action` throws. `what` names the action. */
export function checkThrows(action: () => void, what: string): void {
  try {
    action();
  } catch {
    return;
  }
  throw new ContractError(`${what}: expected an error`);
}

/** Describes a message on one line for an error: its name and its fields, cut to 400 characters. */
export function describeMessage(message: Message): string {
  const { type, ...fields } = message;
  const payload = "payload" in message ? { args: message.payload.args, kwargs: message.payload.kwargs } : undefined;
  const text = JSON.stringify(payload === undefined ? fields : { ...fields, payload }, replace);
  return `${messageName(type) ?? String(type)} ${text.length > 400 ? `${text.slice(0, 400)}…` : text}`;
}

/** Describes a bigint and binary data, which JSON lacks. */
function replace(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (!(value instanceof Uint8Array)) return value;
  return `bytes ${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}
