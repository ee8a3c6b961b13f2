import type { Session } from "@kreuz/client";
import { signal, type Signal } from "@preact/signals";
import { problemOf } from "../api/problem.js";
import { RouterApi } from "../api/router-api.js";
import type { CallRun } from "./forwarded-call.js";
import { LiveStats } from "./live-stats.js";
import { LogFeed } from "./log-feed.js";
import type { Notices } from "./notices.js";
import { RouterWatch } from "./router-watch.js";
import { TailFeed } from "./tail-feed.js";

/** Milliseconds between two looks at the realms and listeners. */
const WATCH_MS = 5000;
/** Milliseconds between two updates of a list of events. */
const SHOW_MS = 100;

/** Everything that belongs to one login. Screens come and go; this stays until the session ends. */
export class Workspace {
  readonly api: RouterApi;
  readonly watch: RouterWatch;
  readonly stats: LiveStats;
  readonly log: LogFeed;
  readonly tail: TailFeed;
  /** The last call of the screen Try. */
  readonly call: Signal<CallRun | undefined> = signal(undefined);
  /** Whether this user may change anything. The router decides; the page only hides what would be refused. */
  readonly isOperator: boolean;
  readonly #stops: (() => void)[] = [];

  constructor(session: Session, notices: Notices) {
    const later = (callback: () => void): void => void setTimeout(callback, SHOW_MS);
    this.api = new RouterApi(session);
    this.isOperator = session.authrole === "operator";
    this.watch = new RouterWatch(this.api);
    this.stats = new LiveStats(this.api, (error) => notices.error(`No live numbers: ${problemOf(error)}`));
    this.log = new LogFeed(this.api);
    this.tail = new TailFeed(this.api, later);
    const onProblem = (error: unknown): void => {
      if (session.state === "open") notices.error(problemOf(error));
    };
    void this.watch.refresh();
    this.stats.start().catch(onProblem);
    this.log.start().catch(onProblem);
    const timer = setInterval(() => {
      if (session.state === "open" && !document.hidden) void this.watch.refresh();
    }, WATCH_MS);
    this.#stops.push(
      () => clearInterval(timer),
      session.onState((state) => {
        if (state === "open") this.#resume();
      }),
    );
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
  }

  /** After a lost connection: the subscriptions are back by themselves, what was missed meanwhile is not. */
  #resume(): void {
    void this.watch.refresh();
    void this.stats.reload();
    void this.log.reload();
    void this.tail.resume();
  }
}
