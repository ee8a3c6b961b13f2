/** WAMP over HTTP long-poll. */
export interface LongPollOptions {
  /** Where it is: `<path>/open` opens a session. Default `/longpoll`. */
  readonly path?: string;
  /** How long a request for messages stays open when there are none, in milliseconds. Default 10 000. */
  readonly receiveTimeout?: number;
  /** A session whose client does not ask for messages for this long is gone, in milliseconds. Default 30 000. */
  readonly sessionTimeout?: number;
  /**
   * Answers `send` and `close` with 202, the number in the specification. By default with 204, which is what its words
   * beside the number mean ("no content") and what clients expect.
   */
  readonly strictStatus?: boolean;
}
