import type { Dict, Id } from "@kreuz/codec";
import type { Bequest, SessionInfo } from "@kreuz/router";
import type { ByteReader } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { decodeDict, writeDict } from "../wire/values.js";

/** Does about a session what its node cannot do any more. */
export type Inherit = (session: SessionInfo, value: Dict) => void;

const NOTHING: Dict = Object.freeze({});

/** What the plugins of this node keep at the node that inherits from it. */
export class Bequests {
  readonly #send: (write: (to: ByteWriter) => void) => Promise<void> | undefined;
  readonly #heirs = new Map<string, Inherit>();
  readonly #values = new Map<Id, Map<string, Dict>>();

  /** @param send - sends a frame to that node. Settles when the node has it. */
  constructor(send: (write: (to: ByteWriter) => void) => Promise<void> | undefined) {
    this.#send = send;
  }

  /** What a plugin is given to keep something. */
  of(plugin: string, inherit: Inherit): Bequest {
    this.#heirs.set(plugin, inherit);
    return { set: (session, value) => this.#set(session, plugin, value) };
  }

  #set(session: Id, plugin: string, value: Dict | undefined): Promise<void> | undefined {
    const values = this.#values.get(session) ?? new Map<string, Dict>();
    if (value === undefined) values.delete(plugin);
    else values.set(plugin, value);
    if (values.size === 0) this.#values.delete(session);
    else this.#values.set(session, values);
    return this.#send((to) => writeBequest(to, session, plugin, value ?? NOTHING));
  }

  left(session: Id): void {
    this.#values.delete(session);
  }

  /** All of it, for a node that inherits from now on. */
  *frames(): Generator<(to: ByteWriter) => void, void> {
    for (const [session, values] of this.#values)
      for (const [plugin, value] of values) yield (to) => writeBequest(to, session, plugin, value);
  }

  /** Does what another node has bequeathed. */
  inherit({ session, plugin, value }: Kept): void {
    this.#heirs.get(plugin)?.(session, decodeDict(value));
  }
}

function writeBequest(to: ByteWriter, session: Id, plugin: string, value: Dict): void {
  to.number(session);
  to.text(plugin);
  writeDict(to, value);
}

/** What another node has bequeathed about one of its sessions. */
export interface Kept {
  readonly session: SessionInfo;
  readonly plugin: string;
  /** A dictionary, not decoded. */
  readonly value: Uint8Array;
}

/** What this node keeps for another one. */
export class KeptBequests {
  #kept = new Map<Id, Map<string, Kept>>();
  /** What a snapshot that is under way has named. */
  #next: Map<Id, Map<string, Kept>> | undefined;

  get size(): number {
    return this.#kept.size;
  }

  beginSync(): void {
    this.#next = new Map();
  }

  endSync(): void {
    if (this.#next !== undefined) this.#kept = this.#next;
    this.#next = undefined;
  }

  /** @param find - finds a session of the node. */
  read(from: ByteReader, find: (id: Id) => SessionInfo | undefined): void {
    const [id, plugin, value] = [from.number(), from.text(), from.data()] as const;
    const session = find(id);
    if (session === undefined) return;
    const into = this.#next ?? this.#kept;
    const of = into.get(id) ?? new Map<string, Kept>();
    if (value.length === 0) of.delete(plugin);
    // The frame is a view of a message.
    else of.set(plugin, { session, plugin, value: value.slice() });
    if (of.size === 0) into.delete(id);
    else into.set(id, of);
  }

  left(session: Id): void {
    this.#kept.delete(session);
    this.#next?.delete(session);
  }

  /** Hands all of it out, once. */
  take(): readonly Kept[] {
    // A node that dies while it sends a snapshot has said less than it had said before.
    const all = new Map([...this.#kept, ...(this.#next ?? [])]);
    this.#kept = new Map();
    this.#next = undefined;
    return [...all.values()].flatMap((of) => [...of.values()]);
  }
}
