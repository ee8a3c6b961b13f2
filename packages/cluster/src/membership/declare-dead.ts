import type { NodeId } from "../bus.js";
import type { Referee } from "../referee.js";
import { nodeKey, readNode, writeNode } from "./node-record.js";

/**
 * Says in the record of a node that its process has ended: for whoever runs the processes and sees it. Others find out by
 * themselves, but take 5 to 7 s. Tell the nodes by `Cluster.declaredDead`.
 *
 * @returns the incarnation that is over; `undefined` when the node has no record.
 */
export async function declareDead(referee: Referee, node: NodeId): Promise<number | undefined> {
  for (;;) {
    const known = await referee.read(nodeKey(node));
    const record = readNode(known?.value);
    if (known === undefined || record === undefined) return undefined;
    const { incarnation } = record;
    if (record.dead) return incarnation;
    const outcome = await referee.write(nodeKey(node), writeNode({ ...record, dead: true }), known.revision);
    if (outcome !== "conflict") return incarnation;
  }
}
