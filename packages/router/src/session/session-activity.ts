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
