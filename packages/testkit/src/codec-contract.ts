import type { Codec } from "@kreuz/codec";
import { refusalCases } from "./codec-refusal-cases.js";
import { roundtripCases } from "./codec-roundtrip-cases.js";
import type { ContractCase } from "./contract-case.js";

/** Every clause of the `Codec` contract in `@kreuz/codec` that holds for any format, at default limits. */
export function codecContract(codec: Codec): ContractCase[] {
  return [...roundtripCases(codec), ...refusalCases(codec)];
}
