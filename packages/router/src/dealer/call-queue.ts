import type { RealmStats } from "../stats/realm-stats.js";
import type { PendingCall } from "./pending-call.js";
import type { Registration } from "./registration.js";

/** The calls that wait because every callee of their registration is busy, in order of arrival. */
export class CallQueue {
  readonly #calls = new Map<Registration, Set<PendingCall>>();
  readonly #stats: RealmStats;

  constructor(stats: RealmStats) {
    this.#stats = stats;
  }

  /** Calls that wait for any registration. */
  get size(): number {
    let size = 0;
    for (const calls of this.#calls.values()) size += calls.size;
    return size;
  }

  /** The calls that wait for a registration. Calls that are removed during the iteration are left out. */
  of(registration: Registration): Iterable<PendingCall> {
    return this.#calls.get(registration) ?? [];
  }

  count(registration: Registration): number {
    return this.#calls.get(registration)?.size ?? 0;
  }

  add(call: PendingCall): void {
    this.#stats.callsQueued++;
    const calls = this.#calls.get(call.registration);
    if (calls === undefined) this.#calls.set(call.registration, new Set([call]));
    else calls.add(call);
  }

  remove(call: PendingCall): void {
    const calls = this.#calls.get(call.registration);
    if (calls?.delete(call) !== true) return;
    this.#stats.callsQueued--;
    if (calls.size === 0) this.#calls.delete(call.registration);
  }
}
