import { ErrorUri, WampError } from "@kreuz/codec";
import { keepPayload, weightOf } from "../payload/keep-payload.js";
import type { RealmServices } from "../realm-services.js";
import type { PendingCall } from "./pending-call.js";
import type { SessionCallsTable } from "./session-calls.js";

/** The bytes that are kept for the calls of each session: options, and arguments that may have to be sent again. */
export class CallBytes {
  readonly #realm: RealmServices;
  readonly #sessions: SessionCallsTable;

  constructor(realm: RealmServices, sessions: SessionCallsTable) {
    this.#realm = realm;
    this.#sessions = sessions;
  }

  /** Counts the options, which stay as long as the call. @throws WampError when the caller's limit is reached. */
  keepOptions(call: PendingCall): void {
    const bytes = weightOf(call.options);
    if (bytes === 0) return;
    if (!this.#reserve(call, bytes)) throw this.exceeded();
    call.optionBytes = bytes;
  }

  /**
   * Keeps the arguments, in memory of their own: what came over the wire may be part of a much larger piece.
   * @returns whether the caller's limit leaves room.
   */
  keepPayload(call: PendingCall): boolean {
    if (call.payloadBytes > 0) return true;
    const { payload, bytes } = keepPayload(call.payload!);
    if (!this.#reserve(call, bytes)) return false;
    call.payload = payload;
    call.payloadBytes = bytes;
    return true;
  }

  /** Drops the arguments: they will not be sent again. */
  dropPayload(call: PendingCall): void {
    call.payload = undefined;
    if (call.payloadBytes === 0) return;
    this.#sessions.of(call.caller).keptBytes -= call.payloadBytes;
    call.payloadBytes = 0;
  }

  /** Drops the arguments and the options. */
  drop(call: PendingCall): void {
    this.dropPayload(call);
    this.#sessions.of(call.caller).keptBytes -= call.optionBytes;
    call.optionBytes = 0;
  }

  /** The error for a call that cannot be kept. */
  exceeded(): WampError {
    const { pendingCallBytesPerSession: limit } = this.#realm.limits;
    return new WampError(ErrorUri.LIMIT_EXCEEDED, `the session's pending calls may keep at most ${limit} bytes`);
  }

  #reserve({ caller }: PendingCall, bytes: number): boolean {
    const { limits, metrics } = this.#realm;
    const calls = this.#sessions.of(caller);
    if (caller.trusted || calls.keptBytes + bytes <= limits.pendingCallBytesPerSession) {
      calls.keptBytes += bytes;
      return true;
    }
    metrics.count("limit_pending_call_bytes_per_session");
    return false;
  }
}
