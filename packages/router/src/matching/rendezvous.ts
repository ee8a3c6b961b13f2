/**
 * Selects the node for a resource key by rendezvous hashing: a key keeps its node when other nodes come and go.
 *
 * @param nodeHash - the {@link hashOf} of the key of a node, computed once: a selection costs a few nanoseconds a node.
 */
export function highestScoring<T>(
  nodes: Iterable<T>,
  nodeHash: (node: T) => number,
  resourceKey: string,
): T | undefined {
  const key = hashOf(resourceKey);
  let best: T | undefined;
  let bestScore = -1;
  for (const node of nodes) {
    const score = mix(Math.imul(nodeHash(node) ^ key, 0x9e3779b1) ^ key);
    if (score > bestScore) [best, bestScore] = [node, score];
  }
  return best;
}

/** FNV-1a over UTF-16 code units. */
export function hashOf(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return mix(value);
}

/** So that similar texts differ in all bits. */
function mix(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
