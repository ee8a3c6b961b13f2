import { ErrorUri, WampError } from "@kreuz/codec";
import { keepPayload, weightOf } from "../payload/keep-payload.js";
import type { RealmServices } from "../realm-services.js";
import type { PendingCall } from "./pending-call.js";
import type { SessionCallsTable } from "./session-calls.js";

/** What a call is charged besides its bytes: the call itself, and its entries by caller and callee. */
const PIECES = 2;

/**
 * What is kept for the calls of each session: their options, and arguments that may have to be sent again. Bounded per session
 * by `pendingCallBytesPerSession`, and charged to the client's account.
 */
export class CallBytes {
  readonly #realm: RealmServices;
  readonly #sessions: SessionCallsTable;

  constructor(realm: RealmServices, sessions: SessionCallsTable) {
    this.#realm = realm;
    this.#sessions = sessions;
  }

  /** Charges a new call and its options, until {@link close}. @throws WampError when there is no room for them. */
  open(call: PendingCall): void {
    const bytes = weightOf(call.options);
    if (!this.#reserve(call, bytes, PIECES)) throw this.exceeded();
    call.optionBytes = bytes;
  }

  /**
   * Keeps the arguments, in memory of their own: what came over the wire may be part of a much larger piece.
   * @returns whether there is room for them.
   */
  keepPayload(call: PendingCall): boolean {
    if (call.payloadBytes > 0) return true;
    const { payload, bytes } = keepPayload(call.payload!);
    if (!this.#reserve(call, bytes, 0)) return false;
    call.payload = payload;
    call.payloadBytes = bytes;
    return true;
  }

  /** Drops the arguments: they will not be sent again. */
  dropPayload(call: PendingCall): void {
    call.payload = undefined;
    if (call.payloadBytes === 0) return;
    this.#refund(call, call.payloadBytes, 0);
    call.payloadBytes = 0;
  }

  /** Refunds the call, its options and its arguments. */
  close(call: PendingCall): void {
    this.dropPayload(call);
    this.#refund(call, call.optionBytes, PIECES);
    call.optionBytes = 0;
  }

  /** The error for a call that cannot be kept. */
  exceeded(): WampError {
    const { pendingCallBytesPerSession: limit } = this.#realm.limits;
    return new WampError(
      ErrorUri.LIMIT_EXCEEDED,
      `no memory is left for another pending call (at most ${limit} bytes per session); await some first`,
    );
  }

  #reserve({ caller }: PendingCall, bytes: number, pieces: number): boolean {
    const { limits, metrics } = this.#realm;
    const calls = this.#sessions.of(caller);
    if (!caller.trusted && calls.keptBytes + bytes > limits.pendingCallBytesPerSession) {
      metrics.count("limit_pending_call_bytes_per_session");
      return false;
    }
    if (caller.account?.reserve(bytes, pieces) === false) {
      metrics.count("limit_memory");
      return false;
    }
    calls.keptBytes += bytes;
    return true;
  }

  #refund({ caller }: PendingCall, bytes: number, pieces: number): void {
    this.#sessions.of(caller).keptBytes -= bytes;
    caller.account?.refund(bytes, pieces);
  }
}
