import type { MatchPolicy, Uri } from "@kreuz/codec";
import { PatternIndex, ReceiverFilter, type Publication, type RealmContext } from "@kreuz/router";
import type { EventStore, KeptEvent, Restrictions } from "./event-store.js";

/** Topics whose publications are kept. */
export interface HistoryTopic {
  readonly uri: Uri;
  /** Default `exact`. */
  readonly match?: MatchPolicy;
}

/** What a {@link Recorder} keeps. */
export interface RecorderSettings {
  readonly topics: readonly Required<HistoryTopic>[];
  /** Publications that may wait for a slow store; further ones are not kept. */
  readonly maxPending: number;
}

/** Hands publications to the store: those that are to be kept, each once, in the order in which the broker took them. */
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
    if (!this.#keeps(publication)) return;
    if (this.#pending >= this.#maxPending) return this.#refuse(publication);
    const written = this.#store.append(keptEvent(publication));
    if (written instanceof Promise) void this.#wait(written, publication);
  }

  #keeps({ topic, options }: Publication): boolean {
    if (this.#topics.exact(topic) === undefined && this.#topics.patterns(topic).length === 0) return false;
    // Session ids mean nothing to those who read later (spec: "Event History", Security Aspects).
    return ReceiverFilter.of(options)?.namesSessions !== true;
  }

  async #wait(written: Promise<void>, { id, topic }: Publication): Promise<void> {
    this.#pending++;
    try {
      await written;
    } catch (error) {
      this.#realm.logger.error(
        { error, publication: id, topic },
        "a publication could not be kept in the event history",
      );
    }
    this.#pending--;
    if (this.#pending === 0) this.#overloaded = false;
  }

  /** Said once until the store has caught up: a log line for each would make matters worse. */
  #refuse({ topic }: Publication): void {
    this.#realm.metrics.count("limit_event_history");
    if (this.#overloaded) return;
    this.#overloaded = true;
    this.#realm.logger.warn({ topic }, "the event history's store is too slow: publications are not kept for now");
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
