import type { Id, Register, Registered, Subscribe, Subscribed, Unregister, Unsubscribe, Uri } from "@kreuz/codec";
import { WampError } from "@kreuz/codec";
import type { Requests } from "./requests.js";

/** What a session asked its router for: a subscription, or a procedure. */
export abstract class Holding {
  readonly ended: Promise<Error | undefined>;
  id: Id = 0;
  hasEnded = false;
  #settle!: (error: Error | undefined) => void;

  constructor() {
    this.ended = new Promise((resolve) => (this.#settle = resolve));
  }

  /** The request that makes it. */
  abstract make(request: Id): Subscribe | Register;
  /** The request that takes it back. */
  abstract takeBack(request: Id): Unsubscribe | Unregister;

  end(error: Error | undefined): void {
    this.hasEnded = true;
    this.#settle(error);
  }
}

/** The subscriptions or the procedures of a session. It makes them again when the session connects again. */
export class Holdings<T extends Holding> {
  readonly #requests: Requests;
  readonly #sharesIds: boolean;
  readonly #all = new Set<T>();
  readonly #byId = new Map<Id, Set<T>>();
  /** Requests without an answer. */
  #pending = 0;
  /** What waits for their answers. */
  readonly #waiting: Array<() => void> = [];

  /** @param sharesIds - whether the router answers with an id that it gave out before. */
  constructor(requests: Requests, sharesIds: boolean) {
    this.#requests = requests;
    this.#sharesIds = sharesIds;
  }

  /** Those with an id, also while the router takes it back: what it sent meanwhile is on its way. */
  of(id: Id): ReadonlySet<T> {
    return this.#byId.get(id) ?? new Set();
  }

  /** Asks the router for it; `settle` is called once, at once where the router answers at once. */
  make(holding: T, settle: (outcome: T | Error) => void): void {
    this.#pending++;
    const message = holding.make(this.#requests.nextId());
    this.#requests.request<Subscribed | Registered>(message, (outcome) => {
      this.#pending--;
      if (outcome instanceof Error) settle(outcome);
      else {
        const id = "subscription" in outcome ? outcome.subscription : outcome.registration;
        holding.id = id;
        this.#byId.set(id, (this.#byId.get(id) ?? new Set()).add(holding));
        // It was given up while it was made again.
        if (holding.hasEnded) void this.release(holding);
        else this.#all.add(holding);
        settle(holding);
      }
      if (this.#pending === 0) for (const release of this.#waiting.splice(0)) release();
    });
  }

  /** Ends it. Resolves when the router knows, unless others share its id. */
  release(holding: T): Promise<void> {
    this.#end(holding);
    const { id } = holding;
    const holders = this.#byId.get(id);
    if (!holders?.has(holding)) return Promise.resolve();
    return new Promise((resolve) => {
      const release = (): void => {
        if (this.#byId.get(id) !== holders || [...holders].some((other) => !other.hasEnded)) {
          holders.delete(holding);
          return resolve();
        }
        this.#requests.request(holding.takeBack(this.#requests.nextId()), () => {
          if (this.#byId.get(id) === holders) this.#byId.delete(id);
          resolve();
        });
      };
      // Not while an answer may still bring that id.
      if (this.#sharesIds && this.#pending > 0) this.#waiting.push(release);
      else release();
    });
  }

  /** The router has taken an id back. */
  revoked(id: Id = 0, reason: Uri): void {
    const holders = this.of(id);
    this.#byId.delete(id);
    for (const holding of holders) this.#end(holding, new WampError(reason, "revoked by the router"));
  }

  /** The session is open again: makes everything again. */
  resume(): void {
    for (const holding of this.#all)
      this.make(holding, (outcome) => {
        if (outcome instanceof Error && this.#requests.isOpen) this.#end(holding, outcome);
      });
  }

  /** The connection is lost: what is held waits for {@link resume}. */
  suspend(): void {
    this.#byId.clear();
  }

  /** The session has ended. */
  end(error?: Error): void {
    for (const holding of [...this.#all]) this.#end(holding, error);
  }

  #end(holding: T, error?: Error): void {
    this.#all.delete(holding);
    holding.end(error);
  }
}
