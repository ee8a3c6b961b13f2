/** JetStream: the server is not part of a cluster of servers. */
const NOT_CLUSTERED = 10074;
/** JetStream: no more servers can take a copy. */
const NO_PEERS = 10005;

/** The error code of JetStream, wherever the client put it. */
export function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === "number" ? code : cause === undefined ? undefined : codeOf(cause);
}

/** The servers are fewer than the copies that are wanted. */
export class TooFewServersError extends Error {
  override readonly name = "TooFewServersError";
  /** Waiting does not help: the server works alone. */
  readonly isFinal: boolean;

  constructor(replicas: number, error: unknown) {
    const isFinal = codeOf(error) === NOT_CLUSTERED;
    const found = isFinal
      ? "the NATS server works alone, in no cluster of servers"
      : "fewer NATS servers with JetStream and room can be reached";
    super(
      `${replicas} replicas are wanted, and ${found}; start ${replicas} servers as one cluster, or lower replicas`,
      {
        cause: error,
      },
    );
    this.isFinal = isFinal;
  }

  /** An error that says so, in place of one that means it; others are as they were. */
  static insteadOf(error: unknown, replicas: number): unknown {
    const code = codeOf(error);
    return code === NOT_CLUSTERED || code === NO_PEERS ? new TooFewServersError(replicas, error) : error;
  }
}
