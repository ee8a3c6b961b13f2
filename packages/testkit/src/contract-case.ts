/**
 * One executable clause of a contract. Test runners differ, so a case is only a name and a function that throws:
 * `for (const { name, run } of transportContract(harness)) it(name, run)`.
 */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}

/** A clause of a contract does not hold. */
export class ContractError extends Error {
  override readonly name = "ContractError";
}

/** @throws ContractError unless `condition` holds. */
export function check(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ContractError(otherwise);
}

/** @throws ContractError unless both are the same number, string, boolean or object. */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected))
    throw new ContractError(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}
