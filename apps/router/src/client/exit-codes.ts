import { WampError } from "@kreuz/codec";
import { ConnectError, SessionEndedError } from "@kreuz/client";

/** How commands over WAMP end. */
export const ExitCode = {
  DONE: 0,
  /** Wrong usage, or a setting that cannot be used. */
  USAGE: 1,
  /** The router cannot be reached, or the connection was lost. */
  UNREACHABLE: 2,
  /** The router refused the session with ABORT. */
  REFUSED: 3,
  /** A request was answered with ERROR. */
  FAILED: 4,
  /** Time ran out, or less came than was asked for. */
  TIMEOUT: 5,
  INTERRUPTED: 130,
} as const;

/** Ends a command with an exit code; the message goes to standard error, unless it is empty. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly code: number;

  constructor(code: number, message = "", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What an error of the client means for the exit code. Errors that are not expected come back as they are. */
export function failureOf(error: unknown): unknown {
  if (error instanceof CommandFailure) return error;
  if (error instanceof WampError) {
    const rest = error.args.length > 1 || Object.keys(error.kwargs).length > 0 ? ` ${details(error)}` : "";
    return new CommandFailure(
      error.uri === "wamp.error.timeout" ? ExitCode.TIMEOUT : ExitCode.FAILED,
      error.message + rest,
    );
  }
  if (error instanceof ConnectError) {
    const why = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    const isTimeout = error.reason === "wamp.error.timeout";
    return new CommandFailure(isTimeout ? ExitCode.UNREACHABLE : ExitCode.REFUSED, error.message + why);
  }
  if (error instanceof SessionEndedError) return new CommandFailure(ExitCode.UNREACHABLE, error.message);
  return error;
}

function details({ args, kwargs }: WampError): string {
  return JSON.stringify({ args, kwargs });
}
