import { EMPTY_PAYLOAD, recognizeCopies, type Dict, type Payload, type ResultDetails } from "@kreuz/codec";

const NONE: readonly never[] = Object.freeze([]);
const NO_KEYWORDS: Dict = Object.freeze({});
const NO_DETAILS: ResultDetails = Object.freeze({});

/**
 * A result: the answer to a call, or a part of one. Procedures return one when a single value is not enough: several
 * positional results, or keyword results.
 */
export class CallResult {
  static {
    recognizeCopies(this, "CallResult");
  }

  readonly payload: Payload;
  /** `RESULT.Details`; `details.progress` says that more results follow. */
  readonly details: ResultDetails;

  constructor(payload: Payload, details: ResultDetails = NO_DETAILS) {
    this.payload = payload;
    this.details = details;
  }

  /** The positional results; empty when there are none. */
  get args(): readonly unknown[] {
    return this.payload.args ?? NONE;
  }

  /** The keyword results; empty when there are none. */
  get kwargs(): Dict {
    return this.payload.kwargs ?? NO_KEYWORDS;
  }

  /** The first positional result, the only one of most procedures; `undefined` when there is none. */
  get value(): unknown {
    return this.payload.args?.[0];
  }

  /** Whether it has neither positional nor keyword results. */
  get isEmpty(): boolean {
    // An opaque payload is one string or binary value in place of arguments.
    if (this.payload.opaque !== undefined) return false;
    return this.args.length === 0 && Object.keys(this.kwargs).length === 0;
  }
}

/** The payload of what a procedure returned or yielded: a {@link CallResult} as it is, any other value as the one result. */
export function resultPayload(returned: unknown): Payload {
  if (returned instanceof CallResult) return returned.payload;
  return returned === undefined ? EMPTY_PAYLOAD : { args: [returned] };
}
