import type { Clock, Uri } from "@kreuz/codec";
import type { Logger } from "../logger.js";
import type { Meter } from "../stats/meter.js";
import type { LocalIdentity, LocalSession } from "./local-session.js";
import type { Plugin } from "./plugin.js";
import type { JoinRefusal } from "./realm-events.js";
import type { HttpHandler } from "./offers.js";
import type { Requirement } from "./set-up.js";

/**
 * Extends the router as a whole, for what is needed once per process, such as one connection to a database. A plain object,
 * like a {@link Plugin}.
 */
export interface RouterPlugin {
  /** Unique among the plugins of the router; appears in logs and in the `requires` of others. */
  readonly name: string;
  /** Plugins of the router that must be set up before this one, as in {@link Plugin.requires}. */
  readonly requires?: readonly Requirement[];
  /** Called once, before the first realm opens. Whatever it adds is undone after the last realm has closed. */
  setup(router: RouterContext): void | Promise<void>;
  /** As {@link Plugin.update}. */
  update?(options: never): void | Promise<void>;
}

/** What a plugin can see and do in its router. */
export interface RouterContext {
  /** The URIs of the realms that are open: none during `setup`. */
  readonly realms: readonly Uri[];
  /** Aborted when the router begins to close. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The plugin's own metrics, which have no label `realm`. */
  readonly meter: Meter;
  /** The folder that relative paths in a plugin's options refer to; absent: the process's working directory. */
  readonly baseDirectory: string | undefined;
  /**
   * Adds a plugin to every realm that opens from now on; `make` is called once for each, and returns nothing to leave one out.
   * They come before the realm's own plugins.
   * @returns a function that ends it, for realms to come.
   */
  eachRealm(make: (realm: Uri) => Plugin | undefined): () => void;
  /** Adds a listener. @returns a function that removes it. @throws TypeError for an event that does not exist. */
  on<K extends keyof RouterEvents>(event: K, listener: RouterEvents[K]): () => void;
  /**
   * Opens a session inside the process, which may do what the realm's authorizer allows the identity. It ends with the realm.
   * @throws ConfigError when the realm is not open: wait for `realmOpened`.
   */
  connect(realm: Uri, identity: LocalIdentity): LocalSession;
  /** Reports what keeps the plugin from doing its work, as {@link RealmContext.health} does. */
  health(reason?: string): void;
  /** Offers to answer HTTP requests, as {@link RealmContext.offer} does; a config mounts it without a realm. */
  offer(name: string, handle: HttpHandler): () => void;
  /** Runs a clean-up after the last realm has closed, in reverse order. */
  defer(cleanup: () => void | Promise<void>): void;
}

/** The events that a plugin of the router can listen to, called as those of a realm are. */
export interface RouterEvents {
  /** Clients can join a realm. */
  realmOpened(realm: Uri): void;
  /** A realm has ended its sessions, and its plugins have cleaned up. */
  realmClosed(realm: Uri): void;
  /** A client was refused that wanted to join one of the realms. */
  joinRefused(refusal: JoinRefusal): void;
  /** The router takes no new sessions, and begins to end the others. */
  draining(): void;
}

/** The names of all events: a plugin may be plain JavaScript and misspell one. */
export const ROUTER_EVENT_NAMES: Readonly<Record<keyof RouterEvents, true>> = {
  realmOpened: true,
  realmClosed: true,
  joinRefused: true,
  draining: true,
};
