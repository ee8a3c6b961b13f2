import { ErrorUri, WampError, type Clock, type InvocationPolicy, type MatchPolicy, type Uri } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { Referee, Versioned } from "../referee.js";
import { wait } from "../wait.js";
import { readClaim, writeClaim, type ClaimRecord, type Holder } from "./claim-record.js";

export interface ClaimsOptions {
  /** What the keys of all claims of the realm start with. */
  readonly prefix: () => string;
  /** The key of a claim: a hash, since keys may not have all the characters that URIs have. */
  readonly key: (uri: Uri, match: MatchPolicy) => string;
  readonly referee: Referee;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Numbers from 0 to below 1, so that nodes that race do not stay in step. */
  readonly random: () => number;
  /** This node and its present incarnation. */
  readonly self: () => Holder;
  /** Whether the incarnation of a holder is over. Rejects when nobody can tell. */
  readonly isDead: (holder: Holder) => Promise<boolean>;
  /** The time that new registrations get. */
  readonly now: () => number;
  /**
   * The referee knows of nobody, and this node may know of others that have callees: has them check their claims, as
   * {@link Claims.verify} does.
   */
  readonly remind: (uri: Uri, match: MatchPolicy) => Promise<void>;
  /** What becomes of REGISTER when the referee cannot be reached. */
  readonly whenIsolated: WhenIsolated;
  /** Another node has the URI: the callees of this one are to be revoked. */
  readonly lost: (uri: Uri, match: MatchPolicy) => void;
}

/**
 * What becomes of a REGISTER that the referee cannot decide, because it cannot be reached. `refuse`: it fails with
 * `wamp.error.network_failure`. `accept`: the session is registered at its node, and the claim is made later; where another node
 * was first, the registration is revoked then.
 */
export type WhenIsolated = "accept" | "refuse";

/** What a session wants to register. */
export interface Wanted {
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  readonly force: boolean;
}

/** What this node holds: how many callees it has, or is about to have. */
interface Held {
  readonly uri: Uri;
  readonly match: MatchPolicy;
  claim: ClaimRecord;
  callees: number;
}

/** How long REGISTER waits for a referee that cannot be reached, in milliseconds. */
const PATIENCE = 5000;
const RETRY = 100;
const ATTEMPTS = 8;
/** What could not be said to the referee is tried again so much later, in milliseconds. */
const SETTLE = 1000;

/**
 * The claims of this node to the URIs of one realm. The first callee of a node claims, the last one releases; in between the
 * policy cannot change. What happens to one URI happens one after the other.
 */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #held = new Map<string, Held>();
  readonly #turns = new Map<string, Promise<unknown>>();
  /** URIs of which the referee may have something else than this node, because it could not be reached. */
  readonly #unsettled = new Map<string, Pick<Wanted, "uri" | "match">>();
  #settling = false;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** URIs that this node holds. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * Claims a URI for one more callee of this node, which {@link release} gives up.
   *
   * @returns when the registration was created.
   * @throws WampError when others have the URI in a way that excludes this, or nobody can tell.
   */
  async acquire(wanted: Wanted): Promise<number> {
    const name = nameOf(wanted);
    return this.#inTurn(name, async () => {
      const held = this.#held.get(name);
      if (held !== undefined && !wanted.force) {
        checkShared(held.claim, wanted);
        held.callees++;
        return held.claim.created;
      }
      const claim = await this.#patiently(wanted, () => this.#claim(wanted)).catch((error: unknown) => {
        // A write whose answer was lost may have happened.
        this.#settleLater(wanted);
        return this.#alone(wanted, error);
      });
      if (held === undefined) this.#held.set(name, { uri: wanted.uri, match: wanted.match, claim, callees: 1 });
      else {
        held.claim = claim;
        held.callees++;
      }
      return claim.created;
    });
  }

  /** The referee did not decide. @throws what it was asked in vain for, unless this node may decide for itself. */
  #alone({ uri, match, invoke }: Wanted, error: unknown): ClaimRecord {
    const { whenIsolated, now, self } = this.#options;
    const isAway = error instanceof WampError && error.uri === ErrorUri.NETWORK_FAILURE;
    if (whenIsolated === "refuse" || !isAway) throw error;
    return { uri, match, invoke, created: now(), holders: [self()] };
  }

  /** A callee of this node went. */
  release(uri: Uri, match: MatchPolicy): void {
    const name = nameOf({ uri, match });
    void this.#inTurn(name, async () => {
      const held = this.#held.get(name);
      if (held === undefined || --held.callees > 0) return;
      this.#held.delete(name);
      await this.#withdraw(held);
    });
  }

  /** Resolves when what was given up so far is given up at the referee, too, as far as it can be reached. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
  }

  /** Checks all claims of this node again, and makes those that the referee lacks: it may have forgotten them. */
  async assertAll(): Promise<void> {
    for (const held of [...this.#held.values()]) await this.verify(held.uri, held.match);
  }

  /** Checks one claim of this node: another node seems to have callees that exclude those of this one. */
  async verify(uri: Uri, match: MatchPolicy): Promise<void> {
    const name = nameOf({ uri, match });
    await this.#inTurn(name, async () => {
      const held = this.#held.get(name);
      if (held === undefined) return;
      try {
        held.claim = await this.#claim({ uri, match, invoke: held.claim.invoke, force: false }, held.claim.created);
      } catch (error) {
        if (!(error instanceof WampError)) return this.#settleLater(held);
        this.#options.logger.warn({ uri, match }, "another node has the procedure: its callees here are revoked");
        this.#options.lost(uri, match);
      }
    });
  }

  /** The nodes that have a URI, as the referee has it. */
  async holders(uri: Uri, match: MatchPolicy): Promise<readonly string[]> {
    const claim = readClaim((await this.#options.referee.read(this.#options.key(uri, match)))?.value);
    return claim?.holders.map(({ node }) => node) ?? [];
  }

  /** Takes holders that are dead out of the claims of the realm. Who lost a URI to one of them gets it back. */
  async sweep(): Promise<void> {
    const { referee, prefix, remind } = this.#options;
    for await (const key of referee.keys(prefix())) {
      const claim = readClaim((await referee.read(key))?.value);
      if (claim === undefined || (await this.#living(claim.holders)).length === claim.holders.length) continue;
      await remind(claim.uri, claim.match);
      await this.verify(claim.uri, claim.match);
      await this.#bury(key);
    }
  }

  async #bury(key: string): Promise<void> {
    const known = await this.#options.referee.read(key);
    const claim = readClaim(known?.value);
    if (known === undefined || claim === undefined) return;
    const holders = await this.#living(claim.holders);
    if (holders.length < claim.holders.length) await this.#replace(key, known, { ...claim, holders });
  }

  /** @param created - when the registration was created, if this node had it already. */
  async #claim(wanted: Wanted, created?: number): Promise<ClaimRecord> {
    const { referee, self, now } = this.#options;
    const { uri, match, invoke, force } = wanted;
    const key = this.#options.key(uri, match);
    let reminded = created !== undefined || force;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const known = await referee.read(key);
      const claim = readClaim(known?.value);
      if (claim === undefined && !reminded) {
        reminded = true;
        await this.#options.remind(uri, match);
        continue;
      }
      const living = claim === undefined ? [] : await this.#living(claim.holders);
      const mine = self();
      const isMine = living.some((holder) => isSame(holder, mine));
      const others = living.filter((holder) => holder.node !== mine.node);
      if (isMine && !force) return claim!;
      if (others.length > 0 && !force) checkShared(claim!, wanted);
      // It was taken over meanwhile, also where the policy would admit both.
      if (others.length > 0 && created !== undefined && created !== claim!.created) throw takenOver(wanted);
      const joins = others.length > 0 && !force;
      const next: ClaimRecord = joins
        ? { ...claim!, holders: [...others, mine] }
        : { uri, match, invoke, created: created ?? Math.max(now(), (claim?.created ?? 0) + 1), holders: [mine] };
      const outcome = await referee.write(key, writeClaim(next), known?.revision ?? "absent");
      if (outcome !== "conflict") return next;
      await this.#pause();
    }
    throw new Error("the claim changes all the time");
  }

  /** Asks again while the referee cannot be reached, but not for ever. */
  async #patiently(wanted: Wanted, action: () => Promise<ClaimRecord>): Promise<ClaimRecord> {
    const { clock } = this.#options;
    const end = clock.monotonic() + PATIENCE;
    for (;;)
      try {
        return await action();
      } catch (error) {
        if (error instanceof WampError) throw error;
        if (clock.monotonic() + RETRY > end)
          throw new WampError(
            ErrorUri.NETWORK_FAILURE,
            `procedure "${wanted.uri}" cannot be registered now: the referee of the cluster cannot be reached, so nobody can tell whether another node has it; try again later`,
          );
        await wait(clock, RETRY);
      }
  }

  async #withdraw({ uri, match }: Pick<Wanted, "uri" | "match">): Promise<void> {
    const { referee, self } = this.#options;
    try {
      const key = this.#options.key(uri, match);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const known = await referee.read(key);
        const claim = readClaim(known?.value);
        if (known === undefined || claim === undefined) return;
        const holders = claim.holders.filter((holder) => holder.node !== self().node);
        if (holders.length === claim.holders.length) return;
        if (await this.#replace(key, known, { ...claim, holders })) return;
        await this.#pause();
      }
    } catch {
      // The same as too many attempts: see below.
    }
    this.#settleLater({ uri, match });
  }

  #settleLater({ uri, match }: Pick<Wanted, "uri" | "match">): void {
    this.#unsettled.set(nameOf({ uri, match }), { uri, match });
    if (this.#settling) return;
    this.#settling = true;
    this.#options.clock.schedule(SETTLE, () => this.#settle());
  }

  #settle(): void {
    this.#settling = false;
    const unsettled = [...this.#unsettled];
    this.#unsettled.clear();
    for (const [name, { uri, match }] of unsettled)
      if (this.#held.has(name)) void this.verify(uri, match);
      else void this.#inTurn(name, async () => (this.#held.has(name) ? undefined : this.#withdraw({ uri, match })));
  }

  #pause(): Promise<void> {
    return wait(this.#options.clock, this.#options.random() * RETRY);
  }

  async #replace(key: string, known: Versioned, claim: ClaimRecord): Promise<boolean> {
    const value = claim.holders.length === 0 ? undefined : writeClaim(claim);
    return (await this.#options.referee.write(key, value, known.revision)) !== "conflict";
  }

  async #living(holders: readonly Holder[]): Promise<Holder[]> {
    const living: Holder[] = [];
    for (const holder of holders) if (!(await this.#options.isDead(holder))) living.push(holder);
    return living;
  }

  #inTurn<T>(name: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(action, action);
    this.#turns.set(name, turn);
    const forget = (): void => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    };
    turn.then(forget, forget);
    return turn;
  }
}

/** @throws WampError unless one more callee may join those that there are (spec: "Shared Registration"). */
function checkShared({ invoke, uri, match }: ClaimRecord, wanted: Wanted): void {
  const taken = `procedure "${uri}" (${match}) is already registered`;
  if (invoke === "single") throw new WampError(ErrorUri.PROCEDURE_ALREADY_EXISTS, taken);
  if (invoke !== wanted.invoke)
    throw new WampError(
      ErrorUri.PROCEDURE_EXISTS_INVOCATION_POLICY_CONFLICT,
      `${taken} with invoke "${invoke}", not "${wanted.invoke}"`,
    );
}

function takenOver({ uri, match }: Wanted): WampError {
  return new WampError(
    ErrorUri.PROCEDURE_ALREADY_EXISTS,
    `procedure "${uri}" (${match}) was registered anew by others`,
  );
}

function isSame(one: Holder, other: Holder): boolean {
  return one.node === other.node && one.incarnation === other.incarnation;
}

function nameOf({ uri, match }: { readonly uri: Uri; readonly match: MatchPolicy }): string {
  return `${match} ${uri}`;
}
