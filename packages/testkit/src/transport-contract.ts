import type { ContractCase } from "./contract-case.js";
import { closeCases } from "./transport-close-cases.js";
import { deliveryCases } from "./transport-delivery-cases.js";
import type { TransportHarness } from "./transport-harness.js";
import { outboxCases } from "./transport-outbox-cases.js";

/** Every clause of the `Connection` contract in `@kreuz/codec`, for any transport. The cases may not run at the same time. */
export function transportContract(harness: TransportHarness): ContractCase[] {
  return [...deliveryCases(harness), ...outboxCases(harness), ...closeCases(harness)];
}
