import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { NodeId } from "../bus.js";
import type { Referee } from "../referee.js";
import { wait } from "../wait.js";

const BYTES = 8;
/** Where the referee keeps the key. */
const PLACE = "cluster.ids";
/** In milliseconds. */
const RETRY = 500;
/** So many beats after the referee has forgotten something, the nodes have written it again. */
const BEATS_TO_RESTORE = 2;

const DIFFERS =
  "the message bus lost its data, and another node started before this one could write it again: they give other ids to subscriptions and registrations than this node; restart this node";

export interface IdKeyOptions {
  readonly node: NodeId;
  readonly referee: Referee;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
  /** How often the nodes look whether the referee has forgotten anything, in milliseconds. */
  readonly beat: number;
}

/** The key that all nodes make ids from. The referee keeps it, and each node tells it again when it has forgotten it. */
export class IdKey {
  readonly #options: IdKeyOptions;
  #key: Uint8Array | undefined;
  #differs = false;
  #closed = false;

  constructor(options: IdKeyOptions) {
    this.#options = options;
  }

  /** Why others give other ids than this node, for people; `undefined` when they do not. */
  get problem(): string | undefined {
    return this.#differs ? DIFFERS : undefined;
  }

  /** Finds the key, or makes it where no node has one. Waits for the referee. @throws Error when the node is closed meanwhile. */
  async find(): Promise<Uint8Array> {
    const { referee, clock, logger, beat, randomBytes } = this.#options;
    for (let attempt = 0, waited = false; !this.#closed; attempt++) {
      try {
        const known = await referee.read(PLACE);
        if (known?.value.length === BYTES) return (this.#key = known.value);
        if (!waited) {
          // The referee may have forgotten the key of a cluster that lives: its nodes notice that at their next beat.
          waited = true;
          await wait(clock, BEATS_TO_RESTORE * beat);
          continue;
        }
        const made = randomBytes(BYTES);
        if ((await referee.write(PLACE, made, known?.revision ?? "absent")) !== "conflict") return (this.#key = made);
      } catch (error) {
        if (attempt === 0)
          logger.warn({ error }, "this node waits for the referee of the cluster, and opens no realm before");
      }
      await wait(clock, RETRY);
    }
    throw new Error("the cluster was closed before it started");
  }

  /** Writes the key again where the referee has forgotten it. Waits for the referee. */
  async assert(): Promise<void> {
    while (this.#key !== undefined && !this.#closed)
      try {
        return await this.#assert(this.#key);
      } catch {
        await wait(this.#options.clock, RETRY);
      }
  }

  async #assert(key: Uint8Array): Promise<void> {
    const { referee, logger, node } = this.#options;
    await referee.write(PLACE, key, "absent");
    const known = (await referee.read(PLACE))?.value;
    this.#differs = known !== undefined && known.join() !== key.join();
    if (this.#differs) logger.error({ node }, DIFFERS);
  }

  /** Looks for the key no longer. */
  close(): void {
    this.#closed = true;
  }
}

/**
 * Prepares a referee that has certainly never been used, as one inside a process. Without that, the first node waits for two
 * seconds before it opens its realms: the referee might have forgotten a cluster that lives and is about to write again what it
 * holds.
 */
export async function initializeReferee(referee: Referee): Promise<void> {
  await referee.write(PLACE, crypto.getRandomValues(new Uint8Array(BYTES)), "absent");
}
