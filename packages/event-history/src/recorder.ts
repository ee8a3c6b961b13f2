import { ErrorUri, WampError, type MatchPolicy, type Uri } from "@kreuz/codec";
import { PatternIndex, ReceiverFilter, type Answer, type Publication, type RealmContext } from "@kreuz/router";
import type { EventStore, KeptEvent, Restrictions } from "./event-store.js";

/** Topics to record. */
export interface HistoryTopic {
  readonly uri: Uri;
  /** Default `exact`. */
  readonly match?: MatchPolicy;
}

/** What a {@link Recorder} stores. */
export interface RecorderSettings {
  readonly topics: readonly Required<HistoryTopic>[];
  /** Number of publications that may wait for a slow store; further ones are not stored. */
  readonly maxPending: number;
}

/** Appends the publications of the configured topics to the store, once each, in the order of the broker. */
export class Recorder {
  readonly #store: EventStore;
  readonly #realm: Pick<RealmContext, "logger" | "metrics" | "health">;
  readonly #maxPending: number;
  readonly #topics = new PatternIndex<true>();
  #pending = 0;
  #overloaded = false;
  /** Publications that could not be stored since the store worked last. */
  #failed = 0;

  constructor(
    store: EventStore,
    realm: Pick<RealmContext, "logger" | "metrics" | "health">,
    { topics, maxPending }: RecorderSettings,
  ) {
    this.#store = store;
    this.#realm = realm;
    this.#maxPending = maxPending;
    for (const { uri, match } of topics) this.#topics.set(uri, match, true);
  }

  record(publication: Publication): void {
    if (!this.#isRecorded(publication)) return;
    // Every node publishes this to its own sessions.
    if (this.#store.shared === true && publication.reach === "node") return;
    if (this.#pending >= this.#maxPending) return publication.waitUntil(Promise.reject(this.#drop(publication)));
    const written = this.#append(publication);
    // What is done already delays nothing.
    if (written instanceof Promise) publication.waitUntil(this.#waitFor(written, publication));
  }

  #append(publication: Publication): Answer<void> {
    try {
      return this.#store.append(keptEvent(publication));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #isRecorded({ topic, options }: Publication): boolean {
    if (this.#topics.exact(topic) === undefined && this.#topics.patterns(topic).length === 0) return false;
    // A later reader has another session id, so lists of session ids cannot be applied to it (spec: "Event History",
    // Security Aspects).
    return ReceiverFilter.of(options)?.namesSessions !== true;
  }

  /** @throws WampError `kreuz.error.event_not_stored` for the publisher. */
  async #waitFor(written: Promise<void>, publication: Publication): Promise<void> {
    this.#pending++;
    try {
      await written;
      if (this.#failed > 0) this.#recovered();
    } catch (error) {
      throw this.#fail(error, publication);
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#overloaded = false;
    }
  }

  /** Logs the first failure, and the number of the others when the store works again. */
  #fail(error: unknown, { id, topic }: Publication): WampError {
    const reason = error instanceof Error ? error.message : String(error);
    this.#failed++;
    this.#realm.health(`event history cannot store events: ${reason}`);
    if (this.#failed === 1)
      this.#realm.logger.error(
        { error, publication: id, topic },
        `event history: storing publications fails, they are lost to the history until it works again: ${reason}`,
      );
    return new WampError(
      ErrorUri.EVENT_NOT_STORED,
      "the event was delivered, but the history could not store it; see the router's log",
    );
  }

  #recovered(): void {
    this.#realm.logger.warn(
      { lost: this.#failed },
      `event history: storing publications works again; ${this.#failed} were not stored`,
    );
    this.#failed = 0;
    this.#realm.health();
  }

  /** Logs once until the store has caught up; a line for each publication would slow the router down further. */
  #drop({ topic }: Publication): WampError {
    this.#realm.metrics.count("limit_event_history");
    if (!this.#overloaded) {
      this.#overloaded = true;
      this.#realm.logger.warn(
        { topic, maxPending: this.#maxPending },
        "event history: dropping publications, because maxPending wait for the store already; use a faster store or raise maxPending",
      );
    }
    return new WampError(
      ErrorUri.EVENT_NOT_STORED,
      `the event was delivered, but the history could not store it: ${this.#maxPending} publications wait for the store (maxPending); publish more slowly`,
    );
  }
}

function keptEvent({ id, topic, published, details, options, payload }: Publication): KeptEvent {
  return { publication: id, topic, published, details, restrictions: restrictionsOf(options), payload };
}

function restrictionsOf(options: Publication["options"]): Restrictions {
  const { eligible_authid, eligible_authrole, exclude_authid, exclude_authrole } = options;
  return {
    ...(eligible_authid && { eligible_authid }),
    ...(eligible_authrole && { eligible_authrole }),
    ...(exclude_authid && { exclude_authid }),
    ...(exclude_authrole && { exclude_authrole }),
  };
}
