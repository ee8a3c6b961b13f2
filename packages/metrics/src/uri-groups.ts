import { ConfigError, type MatchPolicy, type Uri } from "@kreuz/codec";
import {
  CALL_OUTCOMES,
  CALL_SECONDS_BUCKETS,
  type CallOutcome,
  Histogram,
  outcomeOfRefusal,
  PatternIndex,
  type Plugin,
  type RealmContext,
  Tally,
} from "@kreuz/router";

/** Procedures and topics that are counted together, under one name. */
export interface UriGroup {
  /** The value of the label `group`. */
  readonly name: string;
  readonly uri: Uri;
  readonly match: MatchPolicy;
}

/** The number of groups that there may be: each makes a few dozen series in each realm. */
export const MAX_GROUPS = 50;

/** What is counted of one group in one realm. */
export class GroupNumbers {
  /** Each call once, when it has ended. */
  readonly calls: Tally<CallOutcome> = new Tally(CALL_OUTCOMES);
  /** Seconds from CALL to the final answer, for calls that reached a callee or a queue. */
  readonly callSeconds: Histogram = new Histogram(CALL_SECONDS_BUCKETS);
  publications = 0;
  /** Receivers of all publications. */
  events = 0;
}

/**
 * Counts calls and publications by groups of URIs, which the operator chooses: the bounded answer to "per URI". Of several
 * groups that a URI belongs to, the most specific one counts it: exact, then the longest prefix, then the best wildcard.
 * Without groups nothing is counted by URI, and nothing is spent on it.
 */
export class UriGroups {
  /** Their names, in the order in which they were given. */
  readonly names: readonly string[];
  readonly #index = new PatternIndex<number>();
  readonly #realms = new Map<Uri, readonly GroupNumbers[]>();

  /** @throws ConfigError for more than {@link MAX_GROUPS}, or when two have the same name or pattern. */
  constructor(groups: readonly UriGroup[]) {
    if (groups.length > MAX_GROUPS)
      throw new ConfigError("groups", `expected at most ${MAX_GROUPS}, got ${groups.length}`);
    this.names = groups.map(({ name }) => name);
    for (const [place, { name, uri, match }] of groups.entries()) {
      if (this.names.indexOf(name) < place) throw new ConfigError("groups", `"${name}" is defined twice`);
      if (this.#index.get(uri, match) !== undefined)
        throw new ConfigError("groups", `"${name}" has the same URI and match as another group`);
      this.#index.set(uri, match, place);
    }
  }

  /** Counts in the realms that it is installed in. */
  plugin(): Plugin {
    return { name: "kreuz-uri-groups", setup: (realm) => this.#count(realm) };
  }

  /** The numbers of a realm, in the order of {@link names}; empty where the plugin is not installed. */
  of(realm: Uri): readonly GroupNumbers[] {
    return this.#realms.get(realm) ?? [];
  }

  #count({ uri: realm, on, defer }: RealmContext): void {
    const numbers = this.names.map(() => new GroupNumbers());
    this.#realms.set(realm, numbers);
    defer(() => void this.#realms.delete(realm));
    const groupOf = (uri: Uri): GroupNumbers | undefined => {
      const place = this.#index.best(uri);
      return place === undefined ? undefined : numbers[place];
    };
    on("callEnded", ({ procedure }, { outcome, durationMs }) => {
      const group = groupOf(procedure);
      group?.calls.add(outcome);
      group?.callSeconds.observe(durationMs / 1000);
    });
    on("actionRefused", (_session, { type, uri }, _by, error) => {
      if (type === "call") groupOf(uri)?.calls.add(outcomeOfRefusal(error));
    });
    on("publicationAccepted", ({ topic, receivers }) => {
      const group = groupOf(topic);
      if (group === undefined) return;
      group.publications++;
      group.events += receivers;
    });
  }
}
