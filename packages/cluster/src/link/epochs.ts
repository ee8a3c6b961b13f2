/** Epochs of one incarnation. */
const EPOCHS = 2 ** 20;

/**
 * The epoch before the first one of an incarnation. An incarnation and a count make an epoch, so a later incarnation has
 * higher ones.
 */
export function epochBefore(incarnation: number): number {
  return incarnation * EPOCHS;
}

/** The incarnation of a node that an epoch belongs to. */
export function incarnationOf(epoch: number): number {
  return Math.floor(epoch / EPOCHS);
}
