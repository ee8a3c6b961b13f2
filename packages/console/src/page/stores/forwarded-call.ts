import { ADMIN, type ForwardedCall } from "@kreuz/admin/contract";
import { type CallResult, WampError } from "@kreuz/client";
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { problemOf } from "../api/problem.js";
import type { RouterApi } from "../api/router-api.js";
import type { Carried } from "../format/payload.js";

/** Results of one call that are kept; of a longer one, the last. */
const KEPT_RESULTS = 200;

/** One answer to a call. */
export interface Answer {
  readonly key: number;
  readonly kind: "progress" | "result" | "error";
  /** Milliseconds since the call. */
  readonly after: number;
  readonly payload: Carried;
  /** What went wrong, with its URI. */
  readonly problem?: string;
}

/** One call in another realm: its results as they come, and a way to cancel it. */
export class CallRun {
  readonly procedure: string;
  readonly #answers: Signal<readonly Answer[]> = signal([]);
  readonly #running = signal(true);
  readonly #abort = new AbortController();
  readonly #now: () => number;
  readonly #began: number;
  #keys = 0;

  /** @param now - milliseconds of a monotonic clock. */
  constructor(api: RouterApi, realm: string, procedure: string, call: ForwardedCall, now: () => number) {
    this.procedure = procedure;
    this.#now = now;
    this.#began = now();
    void this.#run(api, realm, call);
  }

  get answers(): ReadonlySignal<readonly Answer[]> {
    return this.#answers;
  }

  get running(): ReadonlySignal<boolean> {
    return this.#running;
  }

  cancel(): void {
    this.#abort.abort(new WampError("wamp.error.canceled", "you cancelled the call"));
  }

  async #run(api: RouterApi, realm: string, call: ForwardedCall): Promise<void> {
    const payload = { args: [realm, this.procedure], kwargs: { ...call } };
    try {
      // The last one is the result; until the next comes, nobody knows which that is.
      for await (const result of api.session.stream(ADMIN.call, payload, { signal: this.#abort.signal })) {
        this.#add(result.details.progress === true ? "progress" : "result", carriedBy(result));
      }
      if (this.#answers.value.at(-1)?.kind !== "result") this.#add("result", {});
    } catch (error) {
      const carried = error instanceof WampError ? error.payload : {};
      this.#add("error", { args: carried.args, kwargs: carried.kwargs }, problemOf(error));
    }
    this.#running.value = false;
  }

  #add(kind: Answer["kind"], payload: Carried, problem?: string): void {
    const after = this.#now() - this.#began;
    const answer: Answer = { key: this.#keys++, kind, after, payload, ...(problem !== undefined && { problem }) };
    this.#answers.value = [...this.#answers.value, answer].slice(-KEPT_RESULTS);
  }
}

function carriedBy({ args, kwargs }: CallResult): Carried {
  return { args, kwargs };
}
