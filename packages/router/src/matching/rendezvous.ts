/**
 * Rendezvous hashing: selects the node for a resource key. A key keeps its node when other nodes come and go.
 */
export function highestScoring<T>(
  nodes: Iterable<T>,
  nodeKey: (node: T) => string,
  resourceKey: string,
): T | undefined {
  let best: T | undefined;
  let bestScore = -1;
  for (const node of nodes) {
    const score = hash(`${nodeKey(node)}\n${resourceKey}`);
    if (score > bestScore) [best, bestScore] = [node, score];
  }
  return best;
}

/** FNV-1a over UTF-16 code units, with a final mix so that similar texts differ in all bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
