import type { ContractCase } from "./contract-case.js";
import { accountCases } from "./transport-account-cases.js";
import { closeCases } from "./transport-close-cases.js";
import { deliveryCases } from "./transport-delivery-cases.js";
import { handlerCases } from "./transport-handler-cases.js";
import type { TransportHarness } from "./transport-harness.js";
import { outboxCases } from "./transport-outbox-cases.js";
import { pauseCases } from "./transport-pause-cases.js";

/** Every clause of the `Connection` contract in `@kreuz/codec`, for any transport. The cases must not run at the same time. */
export function transportContract(harness: TransportHarness): ContractCase[] {
  return [deliveryCases, pauseCases, outboxCases, closeCases, handlerCases, accountCases].flatMap((cases) =>
    cases(harness),
  );
}
