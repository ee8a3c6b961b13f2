/**
 * What the management realm of a Kreuz router offers: the procedures and topics, what they take, and what they answer. Types and
 * names alone, so that a web page can import them.
 *
 * **Arguments.** What a procedure needs is positional; everything else is a keyword argument, and may be left out. A result is the
 * one positional result. `session.call(ADMIN.getSessions, { args: ["realm1"], kwargs: { text: "ann", limit: 50 } })`.
 *
 * **Errors.** `wamp.error.no_such_realm`, `no_such_session`, `no_such_subscription`, `no_such_registration`, `invalid_argument` and
 * `invalid_uri` name the argument; `limit_exceeded` names the limit; `not_authorized` is what a viewer gets for `kreuz.do.`.
 *
 * **Connecting.** Only the admin listener serves the realm. `GET /console.json` there answers {@link ConsoleInfo}, without a login:
 * the realm, the path of the WebSocket, and the methods to log in by. Those are the router's ordinary methods with the users of
 * the setting `admin.auth`; their role is {@link AdminRole}, which a session finds in its `authrole`.
 *
 * **The link of the development start.** It is `http://127.0.0.1:9080/#token=…`. Log in by the method `ticket` with the authid
 * {@link DEVELOPER} and the token as ticket. A token is good for one login; `WELCOME.Details.authextra` then has the next one, of type
 * {@link NextToken}, for when the page is loaded again or the connection is lost. Until then, keep it in memory or in the fragment.
 */

/** The realm's name, unless the setting `admin.realm` gives another. */
export const DEFAULT_ADMIN_REALM = "kreuz.admin";

/** Path of the WebSocket on the admin listener. */
export const ADMIN_WEBSOCKET_PATH = "/ws";

/** Path of the answer {@link ConsoleInfo} on the admin listener. */
export const CONSOLE_INFO_PATH = "/console.json";

/** The authid that the token of the development start belongs to. */
export const DEVELOPER = "developer";

/** The roles of the management realm. A `viewer` may call what begins with `kreuz.get.`; an `operator` also `kreuz.do.`. */
export type AdminRole = "viewer" | "operator";

/** What `GET /console.json` answers. */
export interface ConsoleInfo {
  readonly realm: string;
  /** Path on the same host. */
  readonly webSocket: string;
  /** Methods to log in by, such as `ticket`, in the router's order; put them into `HELLO.Details.authmethods`. */
  readonly methods: readonly string[];
  /** Whether this is a development start, whose link has a token. */
  readonly development: boolean;
}

/**
 * A file of the web console. `@kreuz/console` exports `consoleFiles(): ConsoleFiles`, and the admin listener answers `GET /<name>` from
 * this map alone, with {@link CONSOLE_HEADERS}; `/` is `index.html`.
 */
export interface ConsoleFile {
  /** The header `Content-Type`, with the charset. */
  readonly type: string;
  /** As built; the listener compresses it. */
  readonly body: Uint8Array;
}

/** By name, such as `index.html`. What is called `assets/…` has a hash in its name: browsers keep it for ever, all else they check. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** Sent with each file of the console. The page must do without inline scripts and styles, and without HTML from strings. */
export const CONSOLE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
};

/** `WELCOME.Details.authextra` after a login with a token. */
export interface NextToken {
  /** The token for the next login. The one used is good for nothing any more. */
  readonly token: string;
}

/** URIs of the procedures. */
export const ADMIN = {
  getRouter: "kreuz.get.router",
  getSessions: "kreuz.get.sessions",
  getSession: "kreuz.get.session",
  getSubscriptions: "kreuz.get.subscriptions",
  getSubscription: "kreuz.get.subscription",
  getRegistrations: "kreuz.get.registrations",
  getRegistration: "kreuz.get.registration",
  getStats: "kreuz.get.stats",
  getLog: "kreuz.get.log",
  kill: "kreuz.do.kill",
  remove: "kreuz.do.remove",
  tail: "kreuz.do.tail",
  untail: "kreuz.do.untail",
  call: "kreuz.do.call",
  publish: "kreuz.do.publish",
  drain: "kreuz.do.drain",
  reload: "kreuz.do.reload",
} as const;

/** URIs of the topics. The events of a tail come on `${ADMIN_TOPICS.tail}${id}`. */
export const ADMIN_TOPICS = {
  stats: "kreuz.stats",
  log: "kreuz.log",
  tail: "kreuz.tail.",
} as const;

/**
 * The types of each procedure. A `progress` is the positional and keyword arguments of a progressive result, which come with
 * `receive_progress` (`session.stream`).
 */
export interface AdminProcedures {
  readonly [ADMIN.getRouter]: Procedure<readonly [], NoKwargs, RouterState>;
  readonly [ADMIN.getSessions]: Procedure<readonly [realm: string], SessionQuery, SessionPage>;
  readonly [ADMIN.getSession]: Procedure<readonly [realm: string, session: number], NoKwargs, SessionDetails>;
  readonly [ADMIN.getSubscriptions]: Procedure<
    readonly [realm: string],
    UriQuery<SubscriptionSort>,
    Page<SubscriptionRow>
  >;
  readonly [ADMIN.getSubscription]: Procedure<readonly [realm: string, id: number], NoKwargs, SubscriptionDetails>;
  readonly [ADMIN.getRegistrations]: Procedure<
    readonly [realm: string],
    UriQuery<RegistrationSort>,
    Page<RegistrationRow>
  >;
  readonly [ADMIN.getRegistration]: Procedure<readonly [realm: string, id: number], NoKwargs, RegistrationDetails>;
  /** All realms, or one. */
  readonly [ADMIN.getStats]: Procedure<readonly [realm?: string], NoKwargs, Stats>;
  /** The last 500 entries, the oldest first. */
  readonly [ADMIN.getLog]: Procedure<readonly [], NoKwargs, readonly LogEntry[]>;
  readonly [ADMIN.kill]: Procedure<readonly [realm: string], KillRequest, KillResult>;
  readonly [ADMIN.remove]: Procedure<readonly [realm: string, id: number, session: number], RemoveRequest, null>;
  /** Subscribes as the operator; see {@link TailRequest}. */
  readonly [ADMIN.tail]: Procedure<readonly [realm: string, topic: string], TailRequest, Tail>;
  readonly [ADMIN.untail]: Procedure<readonly [tail: number], NoKwargs, null>;
  /**
   * Calls a procedure of another realm; its results, progressive ones too, and errors are passed on as they are. A cancelled call
   * is cancelled there.
   */
  readonly [ADMIN.call]: Procedure<readonly [realm: string, procedure: string], ForwardedCall, unknown>;
  /** Publishes in another realm, acknowledged. */
  readonly [ADMIN.publish]: Procedure<readonly [realm: string, topic: string], ForwardedPublication, Published>;
  /** Answers when the drain has begun, as SIGUSR2 begins it. It ends this session, too. */
  readonly [ADMIN.drain]: Procedure<readonly [], NoKwargs, null>;
  /** Reads the config again, as SIGHUP does. `wamp.error.invalid_argument` with the problem when it cannot be applied. */
  readonly [ADMIN.reload]: Procedure<readonly [], NoKwargs, Reloaded>;
}

/** The types of the first argument of the events of each topic. */
export interface AdminTopics {
  /** Once a second while somebody subscribes. */
  readonly [ADMIN_TOPICS.stats]: StatsChange;
  readonly [ADMIN_TOPICS.log]: LogEntry;
  /** Only the session that asked for the tail gets them. */
  readonly [tail: `kreuz.tail.${number}`]: TailEvent;
}

/** What a procedure takes and answers. */
export interface Procedure<Args extends readonly unknown[], Kwargs extends object, Result> {
  readonly args: Args;
  readonly kwargs: Kwargs;
  readonly result: Result;
}

/** No keyword arguments. */
export type NoKwargs = Readonly<Record<string, never>>;

// kreuz.get.router

/**
 * What the router is, and whether clients can be sent to it. In a cluster, listeners and realms are those of all nodes, and all
 * else is of the node that answers.
 */
export interface RouterState {
  readonly version: string;
  /** Of Node.js, such as `24.11.0`. */
  readonly node: string;
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since the Unix epoch. */
  readonly started: number;
  /** The nodes of the cluster that answered, this one first; absent without a cluster. */
  readonly nodes?: readonly NodeState[];
  /** Nodes of the cluster that did not answer within two seconds: they are missing in all that is told of all. Absent when none is. */
  readonly unreachable?: readonly string[];
  /**
   * What works, and should be mended nevertheless, in sentences: nodes whose roles or permissions differ from those of this one.
   * Absent when there is nothing.
   */
  readonly warnings?: readonly string[];
  readonly ready: boolean;
  /** Why it is not ready: `draining`, `stopping`, or what keeps plugins from their work. */
  readonly because: readonly string[];
  readonly listeners: readonly ListenerState[];
  /** In the order of the config; the management realm comes last. */
  readonly realms: readonly RealmState[];
  /** Whether `kreuz.do.reload` can work: there is a config file. */
  readonly reloadable: boolean;
}

/** A node of a cluster. */
export interface NodeState {
  readonly name: string;
  /** Of Kreuz. */
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since the Unix epoch, by its clock. */
  readonly started: number;
  readonly ready: boolean;
  readonly because: readonly string[];
}

/** A listener of clients; in a cluster, all that have its name and URL. */
export interface ListenerState {
  /** As in the metrics. */
  readonly name: string;
  readonly url: string;
  readonly connections: number;
}

/** How much a realm holds now. In a cluster, a topic counts once for each node that has subscribers. */
export interface RealmState {
  readonly name: string;
  /** Whether it is the management realm. */
  readonly management: boolean;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  readonly callsPending: number;
  /** The roles that exist in it. */
  readonly roles: readonly string[];
}

// Pages

/** Settings of every listing. */
export interface PageQuery<Sort extends string> {
  /** Default: see the procedure. Entries that are equal come by their ids. */
  readonly sort?: Sort;
  /** From the largest or last on. Default false. */
  readonly desc?: boolean;
  /** Entries of a page, 1 to 500. Default 100. */
  readonly limit?: number;
  /** `next` of the page before, with the same `sort` and `desc`. */
  readonly after?: string;
}

/** A part of a listing. */
export interface Page<Item> {
  /** Entries of the realm. */
  readonly total: number;
  /** Those of them that fit the query, on any page. */
  readonly matched: number;
  readonly items: readonly Item[];
  /** Give it as `after` for the next page; absent on the last one. */
  readonly next?: string;
  /**
   * True when time ran out after two seconds, or a node of the cluster did not answer: what was not looked at is missing. Also
   * when a list is sorted by what all nodes count, and one of them counts more than 10,000 entries: those with its smaller numbers
   * may be out of order.
   */
  readonly incomplete?: true;
}

// kreuz.get.sessions

/** Which sessions. All that is given must hold. */
export interface SessionFilter {
  /** Part of the authid, of the peer's address or of the id, in upper or lower case. */
  readonly text?: string;
  readonly authid?: string;
  readonly authrole?: string;
  /** Such as `websocket`, `rawsocket`, `longpoll`. */
  readonly transport?: string;
  /** `json`, `msgpack` or `cbor`. */
  readonly codec?: string;
  /** Whether the session reads too slowly, so that it misses events. */
  readonly slow?: boolean;
}

/**
 * `joined`: when. `active`: when its last message came. `in`, `out`: messages. `dropped`: events dropped. `buffered`: bytes that wait
 * for it.
 */
export type SessionSort = "joined" | "authid" | "active" | "in" | "out" | "dropped" | "buffered";

/** Default sort: `joined`. */
export interface SessionQuery extends SessionFilter, PageQuery<SessionSort> {}

export type SessionPage = Page<SessionRow>;

/**
 * A session. Times are milliseconds since the Unix epoch, by the clock of its node; bytes are without the transport's framing.
 */
export interface SessionRow {
  readonly session: number;
  /** The node of the cluster that it is on; absent without a cluster. */
  readonly node?: string;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  /** Such as `websocket`. */
  readonly transport: string;
  /** Such as `json`. */
  readonly codec: string;
  /** Address of the peer; absent over Unix sockets. */
  readonly peer?: string;
  readonly tls: boolean;
  readonly joined: number;
  /** When its last message came. */
  readonly active: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly eventsDropped: number;
  /** Bytes that wait for it. */
  readonly bufferedBytes: number;
  /** Whether it reads too slowly now. */
  readonly slow: boolean;
  /** Calls that it waits for. */
  readonly pendingCalls: number;
}

// kreuz.get.session

/** One session, and what it holds. */
export interface SessionDetails extends SessionRow {
  readonly realm: string;
  /** What was negotiated, such as `wamp.2.json`. */
  readonly protocol: string;
  readonly subscriptions: Excerpt<HeldEntry>;
  readonly registrations: Excerpt<HeldEntry>;
}

/** The first 500 of what there is. */
export interface Excerpt<Item> {
  readonly total: number;
  readonly items: readonly Item[];
}

/** A subscription or registration that a session holds. */
export interface HeldEntry {
  readonly id: number;
  readonly uri: string;
  readonly match: Match;
}

export type Match = "exact" | "prefix" | "wildcard";

// kreuz.get.subscriptions, kreuz.get.registrations

/** Which subscriptions or registrations. */
export interface UriQuery<Sort extends string> extends PageQuery<Sort> {
  /** Part of the URI, in upper or lower case. */
  readonly uri?: string;
  readonly match?: Match;
}

/** Default sort: `uri`. */
export type SubscriptionSort = "uri" | "created" | "subscribers";
/** Default sort: `uri`. `pending`: calls that its callees work on. */
export type RegistrationSort = "uri" | "created" | "callees" | "pending";

/** A topic or pattern that somebody subscribes to, on any node of the cluster. */
export interface SubscriptionRow extends HeldEntry {
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
  readonly subscribers: number;
}

/** A procedure or pattern. Of a cluster, what all nodes can call; what a node keeps to itself is shown by that node alone. */
export interface RegistrationRow extends HeldEntry {
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
  /** Such as `single` or `roundrobin`. */
  readonly invoke: string;
  readonly callees: number;
  /** Calls that they work on. */
  readonly pendingCalls: number;
  /** Whether the router itself answers: it cannot be removed. */
  readonly builtIn: boolean;
}

export interface SubscriptionDetails extends SubscriptionRow {
  readonly members: Excerpt<Member>;
  /** Nodes of the cluster that did not answer: their subscribers are missing. Absent when all did. */
  readonly unreachable?: readonly string[];
}

export interface RegistrationDetails extends RegistrationRow {
  readonly members: Excerpt<CalleeMember>;
  /** Nodes of the cluster that did not answer: their callees are missing among the members. Absent when all did. */
  readonly unreachable?: readonly string[];
}

/** A session on a subscription or registration. Those inside the router's process have the authmethod `local`. */
export interface Member {
  readonly session: number;
  /** The node of the cluster that it is on; absent without a cluster. */
  readonly node?: string;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
}

export interface CalleeMember extends Member {
  /** Calls that it works on. */
  readonly pendingCalls: number;
}

// kreuz.get.stats, kreuz.stats

/**
 * The numbers of `/metrics`. What counts only grows; the other numbers are what is there now.
 *
 * In a cluster they are of all nodes: sums, but for delays of event loops, of which the largest is given, and for registrations,
 * which all nodes know alike. A topic counts once for each node that has subscribers. When a node leaves, its numbers leave the sums.
 */
export interface Stats {
  /** When they were read, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Of each node of the cluster, this one first; absent without a cluster. */
  readonly nodes?: readonly NodeNumbers[];
  /** The nodes that did not answer in time; absent without a cluster. In {@link nodes} and in the sums is what they said last. */
  readonly unreachable?: readonly string[];
  readonly process: ProcessStats;
  /** By name. */
  readonly listeners: Readonly<Record<string, ListenerNumbers>>;
  /** How often each limit was reached. */
  readonly limits: Readonly<Record<string, number>>;
  /** By name. */
  readonly realms: Readonly<Record<string, RealmNumbers>>;
}

/**
 * What changed since the event before, in the shape of {@link Stats}: numbers as they are now, and lists as a whole. Keep a copy
 * of `kreuz.get.stats` and lay each change over it. When `sequence` does not go up by one, an event was missed, or a realm or
 * listener is gone: get it again.
 */
export type StatsChange = Change<Stats> & { readonly at: number; readonly sequence: number };

export type Change<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Change<T[K]> }
    : T;

/** What one node of a cluster does. */
export interface NodeNumbers {
  readonly node: string;
  /** When its numbers were read, in milliseconds since the Unix epoch, by its clock. */
  readonly at: number;
  readonly process: ProcessStats;
  /** In all realms. */
  readonly sessions: number;
  readonly connections: number;
}

export interface ProcessStats {
  /** Seconds of CPU that the process has used. */
  readonly cpuSeconds: number;
  /** Resident memory, in bytes. */
  readonly memoryBytes: number;
  readonly heapBytes: number;
  /** How late the event loop was since the last reading, in seconds. */
  readonly eventLoopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Bytes that all clients together make the router hold, and may. */
  readonly clientBytes: number;
  readonly maxClientBytes: number;
}

export interface ListenerNumbers {
  readonly connections: number;
  readonly opened: number;
  /** By reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** By reason. */
  readonly closed: Readonly<Record<string, number>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly outboxBytes: number;
  readonly slowConnections: number;
}

export interface RealmNumbers {
  readonly sessions: number;
  /** By authmethod. */
  readonly joined: Readonly<Record<string, number>>;
  /** By cause. */
  readonly left: Readonly<Record<string, number>>;
  /** By result: `accepted`, `denied`, `failed`, `timeout`, `throttled`. */
  readonly authentications: Readonly<Record<string, number>>;
  /** By reason: `denied`, `failed`, `revoked`. */
  readonly refused: Readonly<Record<string, number>>;
  /** By name of the message, such as `CALL`. */
  readonly messagesIn: Readonly<Record<string, number>>;
  readonly messagesOut: Readonly<Record<string, number>>;
  /** By outcome, such as `ok`; each call once, when it has ended. */
  readonly calls: Readonly<Record<string, number>>;
  readonly callSeconds: HistogramNumbers;
  readonly callsPending: number;
  readonly callsQueued: number;
  readonly subscriptions: number;
  readonly registrations: number;
  readonly publications: number;
  /** Receivers per publication. */
  readonly fanOut: HistogramNumbers;
  /** By reason: `slow`, `too_long`, `codec`. */
  readonly eventsDropped: Readonly<Record<string, number>>;
  readonly retainedEvents: number;
  readonly retainedBytes: number;
  readonly protocolViolations: number;
}

/** A distribution. */
export interface HistogramNumbers {
  /** Upper bounds, in ascending order. */
  readonly bounds: readonly number[];
  /** Observations up to each bound, but above the one before; the last number is of those above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

// kreuz.get.log, kreuz.log

/** A line of the log: warnings, errors, and what operators did. */
export interface LogEntry {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  /** What it is about, such as `realm` or `session`; long texts are cut. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

// kreuz.do.kill

/**
 * Which sessions, and what they are told. Give `sessions`, or a filter, or `all: true`; `sessions` and a filter together must both
 * hold. The session that asks is never among them.
 */
export interface KillRequest extends SessionFilter {
  /** Up to 10,000 ids. */
  readonly sessions?: readonly number[];
  readonly all?: boolean;
  /** The URI of GOODBYE. Default `wamp.close.killed`. */
  readonly reason?: string;
  readonly message?: string;
  /** Ends none, and answers how many there are. */
  readonly dryRun?: boolean;
}

export interface KillResult {
  /** Sessions that were, or would be, ended. */
  readonly count: number;
  /** The first 500 of them. */
  readonly sessions: readonly number[];
  /** Nodes of the cluster that did not answer: their sessions may or may not have ended. Absent when all did. */
  readonly unreachable?: readonly string[];
}

// kreuz.do.remove

export interface RemoveRequest {
  /** What `id` is of. Default `subscription`. */
  readonly kind?: "subscription" | "registration";
  /** Told to the session. */
  readonly reason?: string;
}

// kreuz.do.tail

/**
 * The operator's authid subscribes in that realm with the role `operator`, through the realm's authorizer: events that this role may
 * not get are not shown. The tail ends with the session that asked for it, which may have 8.
 */
export interface TailRequest {
  /** Default `exact`. */
  readonly match?: Match;
  /** Events a second, 1 to 100. Default 20; further ones are skipped and counted. */
  readonly perSecond?: number;
  /** The share of events to show, above 0 up to 1. Default 1. */
  readonly sample?: number;
}

export interface Tail {
  readonly tail: number;
  /** Where its events come: subscribe to it after this answer. */
  readonly topic: string;
}

export interface TailEvent {
  /** When it came, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly topic: string;
  readonly publication: number;
  readonly details: Readonly<Record<string, unknown>>;
  /** Absent when {@link tooLong}. */
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** True when the payload is longer than about 64 KiB: it is left out. */
  readonly tooLong?: true;
  /** Events that were not shown since the last one that was. */
  readonly skipped: number;
}

// kreuz.do.call, kreuz.do.publish

/** The operator acts with its authid and the role `operator` of that realm, through the realm's authorizer. */
export interface ForwardedCall {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** `CALL.Options`, such as `timeout` and `disclose_me`. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** As {@link ForwardedCall}, with `PUBLISH.Options`. */
export type ForwardedPublication = ForwardedCall;

export interface Published {
  readonly publication: number;
}

// kreuz.do.reload

export interface Reloaded {
  /** Subscriptions and registrations that are no longer allowed. */
  readonly revoked: number;
  /** Changed settings that take effect after a restart. */
  readonly needsRestart: readonly string[];
}
