import type { CancelOptions, Id, Invocation, MatchPolicy, Payload, Register, RouterMessage, Uri } from "@kreuz/codec";
import {
  type Answer,
  type Bequest,
  type BounceReason,
  type Departure,
  type Directory,
  type Fabric,
  type FabricRealm,
  type Peer,
  type Publication,
  type RealmFabric,
  type RegistrationGrant,
  type RegistrationInfo,
  type RemoteCall,
  type RemoteRegistration,
  RemoteSession,
  type RouterIds,
  type SendOutcome,
  type SessionDirectory,
  type SessionInfo,
  type SubscriptionInfo,
  type WantedSubscription,
} from "@kreuz/router";
import { REALM } from "./uris.js";

/** Features as a peer with every role and feature has them. */
const ALL_FEATURES = 1023;

/** What the router told about a publication. */
type Told = Pick<Publication, "id" | "topic" | "payload" | "options" | "details" | "publisher" | "published">;

/** A fabric whose other nodes are the test: it does what the test says, and writes down what it hears. */
export class ScriptedFabric implements Fabric, RealmFabric {
  /** What the router told, in order. */
  readonly told: string[] = [];
  readonly publications: Told[] = [];
  readonly takenIds: Set<Id> = new Set();
  /** Subscriptions that other nodes have, with their node keys. */
  readonly elsewhere: Map<Id, readonly string[]> = new Map();
  readonly node = "here";
  isolated = false;
  /** What the next sessions that subscribe wait for. */
  onSubscribe: (wanted: WantedSubscription) => Promise<void> | undefined = () => undefined;
  /** Answers the next sessions that register. */
  onRegister: (session: Peer, message: Register) => Answer<RegistrationGrant> = () => this.grant();
  #realm: FabricRealm | undefined;
  #time = 1000;
  #rank = 100;

  get realm(): FabricRealm {
    if (this.#realm === undefined) throw new Error("the fabric has no realm yet");
    return this.#realm;
  }

  attach(realm: FabricRealm): RealmFabric {
    this.#realm = realm;
    return this;
  }

  async open(): Promise<void> {}

  nodes(): readonly string[] {
    return ["there"];
  }

  async ask(): Promise<unknown> {
    return null;
  }

  async close(): Promise<void> {
    this.told.push("close");
  }

  readonly ids: RouterIds = {
    registration: (uri, match) => 1_000_000 + hash(`${uri} ${match}`),
    subscription: (uri, match) => 2_000_000 + hash(`${uri} ${match}`),
  };

  get sessions(): SessionDirectory {
    return this.realm.sessions;
  }

  get subscriptions(): Directory<SubscriptionInfo> {
    return this.realm.subscriptions;
  }

  now(): number {
    return ++this.#time;
  }

  isSessionTaken(id: Id): boolean {
    return this.takenIds.has(id);
  }

  rulesChanged(): void {}

  leaving(): void {}

  bequeath(): Bequest {
    return { set: () => undefined };
  }

  joined({ session }: SessionInfo): void {
    this.told.push(`joined ${session}`);
  }

  left({ session }: SessionInfo, { silent = false }: Departure): void {
    this.told.push(`left ${session}${silent ? " silently" : ""}`);
  }

  beforeSubscribe(wanted: WantedSubscription): Promise<void> | undefined {
    this.told.push(`subscribes ${wanted.uri}${wanted.nkey === undefined ? "" : ` as ${wanted.nkey}`}`);
    return this.onSubscribe(wanted);
  }

  unsubscribed({ uri }: Pick<SubscriptionInfo, "uri">): void {
    this.told.push(`unsubscribed ${uri}`);
  }

  isSubscribedElsewhere(id: Id): boolean {
    return this.elsewhere.has(id);
  }

  nodeKeys(id: Id): Iterable<string> {
    return this.elsewhere.get(id) ?? [];
  }

  beforeRegister(session: Peer, message: Register): Answer<RegistrationGrant> {
    this.told.push(`registers ${message.procedure}`);
    return this.onRegister(session, message);
  }

  unregistered({ uri }: Pick<RegistrationInfo, "uri">, { session }: SessionInfo): void {
    this.told.push(`unregistered ${uri} ${session}`);
  }

  published({ id, topic, payload, options, details, publisher, published }: Publication): void {
    this.publications.push({ id, topic, payload, options, details, publisher, published });
  }

  async detach(): Promise<void> {
    this.told.push("detach");
  }

  /** A grant with the next rank. */
  grant(known?: Promise<void>, rank: string = this.nextRank()): RegistrationGrant {
    return { rank, created: 5000, known };
  }

  nextRank(): string {
    return String(++this.#rank);
  }

  /** A session on another node. */
  session(id: Id, authid = "far", features: number = ALL_FEATURES): ScriptedSession {
    return new ScriptedSession(id, authid, features);
  }

  /** What a callee of another node registers. */
  registration(
    uri: Uri,
    options: RemoteRegistration["options"] = {},
    rank: string = this.nextRank(),
  ): RemoteRegistration {
    return { uri, match: options.match ?? "exact", options, created: 4000, rank };
  }

  registrationId(uri: Uri, match: MatchPolicy = "exact"): Id {
    return this.ids.registration(uri, match);
  }
}

/** A session of another node: it writes down what is sent to it. */
export class ScriptedSession extends RemoteSession {
  readonly invocations: Array<{ readonly invocation: Invocation; readonly call: RemoteCall }> = [];
  readonly messages: RouterMessage[] = [];
  readonly interrupts: Array<{ readonly request: Id; readonly options: CancelOptions }> = [];
  readonly bounces: Array<{ readonly request: Id; readonly payload: Payload; readonly reason: BounceReason }> = [];
  readonly revoked: Id[] = [];
  reachable = true;
  /** Thrown instead of sending. */
  failure: Error | undefined;

  constructor(session: Id, authid: string, features: number) {
    const transport = { type: "remote", protocol: "none", serializer: "none" };
    const identity = { authid, authrole: "user", authmethod: "trust", authprovider: "test" };
    super({ session, realm: REALM, ...identity, transport, node: "other" }, features, "other");
  }

  /** The request id of the last INVOCATION. */
  get lastRequest(): Id {
    return this.invocations.at(-1)?.invocation.request ?? 0;
  }

  override invoke(invocation: Invocation, call: RemoteCall): void {
    if (this.failure !== undefined) throw this.failure;
    this.invocations.push({ invocation, call });
  }

  override interrupt(request: Id, options: CancelOptions): void {
    this.interrupts.push({ request, options });
  }

  override bounce(request: Id, payload: Payload, reason: BounceReason): void {
    this.bounces.push({ request, payload, reason });
  }

  override async revoke(registration: Id): Promise<boolean> {
    this.revoked.push(registration);
    return true;
  }

  override send(message: RouterMessage): SendOutcome {
    this.messages.push(message);
    return "sent";
  }
}

function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) % 999_983;
  return value;
}
