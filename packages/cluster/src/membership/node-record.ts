import { readRecord, writeRecord } from "../wire/record.js";

/** What the referee has about a node, under `node.<name>`. */
export interface NodeRecord {
  /** Which life of the node this is: a later one has a higher number. */
  readonly incarnation: number;
  /** Names the process, so that it knows its own record again. */
  readonly process: string;
  /** Counts the beats: a record that does not change is of a node that does not live. */
  readonly beat: number;
  /** This incarnation is over, and whoever it was has to take the next one. */
  readonly dead: boolean;
  /** The node that does what this one has bequeathed, once it is dead. */
  readonly heir?: string | undefined;
}

export function nodeKey(node: string): string {
  return `node.${node}`;
}

export function writeNode(record: NodeRecord): Uint8Array {
  return writeRecord(record);
}

export function readNode(bytes: Uint8Array | undefined): NodeRecord | undefined {
  const record = bytes === undefined ? undefined : readRecord(bytes);
  if (record === undefined || typeof record["incarnation"] !== "number") return undefined;
  const { incarnation, process, beat, dead, heir } = record as unknown as NodeRecord;
  return {
    incarnation,
    process: String(process),
    beat: Number(beat),
    dead: dead === true,
    heir: typeof heir === "string" ? heir : undefined,
  };
}
