import type { InvocationPolicy, MatchPolicy, Uri } from "@kreuz/codec";
import { readRecord, writeRecord } from "../wire/record.js";

/** The right to a URI, as the referee has it. */
export interface ClaimRecord {
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  /** When the registration was created; also tells one registration of the URI from the next. */
  readonly created: number;
  /** Who has callees: a node and its incarnation each. */
  readonly holders: readonly Holder[];
}

export interface Holder {
  readonly node: string;
  readonly incarnation: number;
}

export function writeClaim(claim: ClaimRecord): Uint8Array {
  return writeRecord({
    v: 1,
    ...claim,
    holders: claim.holders.map(({ node, incarnation }) => `${node}#${incarnation}`),
  });
}

export function readClaim(bytes: Uint8Array | undefined): ClaimRecord | undefined {
  const record = bytes === undefined ? undefined : readRecord(bytes);
  if (record === undefined || !Array.isArray(record["holders"])) return undefined;
  const { uri, match, invoke, created } = record as unknown as ClaimRecord;
  const holders = (record["holders"] as unknown[]).map((holder) => {
    const [node = "", incarnation = "0"] = String(holder).split("#");
    return { node, incarnation: Number(incarnation) };
  });
  return { uri, match, invoke, created, holders };
}
