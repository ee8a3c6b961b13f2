/** What one session has done, as plain numbers: for operators, never for other clients. */
export class SessionActivity {
  /** When the session joined, by the monotonic clock. */
  readonly joined: number;
  /** When its last message arrived, by the monotonic clock. */
  lastReceived: number;
  messagesIn = 0;
  /** Without the transport's framing. */
  bytesIn = 0;
  messagesOut = 0;
  /** Events that were dropped because the client read too slowly. */
  eventsDropped = 0;

  constructor(joined: number) {
    this.joined = joined;
    this.lastReceived = joined;
  }
}

/** What one session has done and holds, as operators see it. The meta API does not show it. */
export interface SessionNumbers {
  /** Milliseconds since the Unix epoch. */
  readonly joined: number;
  /** When its last message arrived, in milliseconds since the Unix epoch. */
  readonly lastActivity: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Without the transport's framing. */
  readonly bytesIn: number;
  /** Events that were dropped because the client read too slowly. */
  readonly eventsDropped: number;
  /** Bytes that wait for the client to read them. */
  readonly bufferedBytes: number;
  /** Calls that it waits for. */
  readonly pendingCalls: number;
}
