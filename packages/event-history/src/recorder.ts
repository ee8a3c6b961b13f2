import type { MatchPolicy, Uri } from "@kreuz/codec";
import { PatternIndex, ReceiverFilter, type Publication, type RealmContext } from "@kreuz/router";
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
  readonly #realm: Pick<RealmContext, "logger" | "metrics">;
  readonly #maxPending: number;
  readonly #topics = new PatternIndex<true>();
  #pending = 0;
  #overloaded = false;

  constructor(
    store: EventStore,
    realm: Pick<RealmContext, "logger" | "metrics">,
    { topics, maxPending }: RecorderSettings,
  ) {
    this.#store = store;
    this.#realm = realm;
    this.#maxPending = maxPending;
    for (const { uri, match } of topics) this.#topics.set(uri, match, true);
  }

  record(publication: Publication): void {
    if (!this.#isRecorded(publication)) return;
    if (this.#pending >= this.#maxPending) return this.#drop(publication);
    const written = this.#store.append(keptEvent(publication));
    if (written instanceof Promise) void this.#waitFor(written, publication);
  }

  #isRecorded({ topic, options }: Publication): boolean {
    if (this.#topics.exact(topic) === undefined && this.#topics.patterns(topic).length === 0) return false;
    // A later reader has another session id, so lists of session ids cannot be applied to it (spec: "Event History",
    // Security Aspects).
    return ReceiverFilter.of(options)?.namesSessions !== true;
  }

  async #waitFor(written: Promise<void>, { id, topic }: Publication): Promise<void> {
    this.#pending++;
    try {
      await written;
    } catch (error) {
      this.#realm.logger.error({ error, publication: id, topic }, "event history: storing a publication failed");
    }
    this.#pending--;
    if (this.#pending === 0) this.#overloaded = false;
  }

  /** Logs once until the store has caught up; a line for each publication would slow the router down further. */
  #drop({ topic }: Publication): void {
    this.#realm.metrics.count("limit_event_history");
    if (this.#overloaded) return;
    this.#overloaded = true;
    this.#realm.logger.warn(
      { topic, maxPending: this.#maxPending },
      "event history: dropping publications, because maxPending wait for the store already; use a faster store or raise maxPending",
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
