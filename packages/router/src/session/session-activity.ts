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
  /** What the connection had sent when the session joined, in bytes: earlier sessions, and the handshake. */
  readonly sentBefore: number;
  /** Events that were dropped because the client read too slowly. */
  eventsDropped = 0;

  constructor(joined: number, sentBefore = 0) {
    this.joined = joined;
    this.sentBefore = sentBefore;
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
  /** Likewise; 0 on a transport that does not count. */
  readonly bytesOut: number;
  /** Events that were dropped because the client read too slowly. */
  readonly eventsDropped: number;
  /** Whether it reads too slowly now: events for it are dropped. */
  readonly slow: boolean;
  /** Bytes that wait for the client to read them. */
  readonly bufferedBytes: number;
  /** Calls that it waits for. */
  readonly pendingCalls: number;
}
