import { type DestinationStream, type Logger, pino } from "pino";
import type { LogConfig } from "../config/config.js";

/** A log on standard output. */
export interface Log {
  readonly logger: Logger;
  /** True if the log is formatted for people. */
  readonly pretty: boolean;
  /** Writes buffered lines; call it before the process exits. */
  flush(): void;
}

/** Creates a log of JSON objects, one per line, or of formatted lines. */
export async function createLog({ level, format }: LogConfig, isTerminal: boolean): Promise<Log> {
  const pretty = format === "pretty" || (format === "auto" && isTerminal);
  const destination = pino.destination({ dest: 1, sync: pretty });
  const logger = pino(
    {
      level,
      // Leaves out process id and host name.
      base: null,
      errorKey: "error",
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pretty ? await prettyStream(destination, isTerminal) : destination,
  );
  return { logger, pretty, flush: () => destination.flushSync() };
}

async function prettyStream(destination: DestinationStream, isTerminal: boolean): Promise<DestinationStream> {
  // Imported on demand, since production starts faster without it.
  const { isColorSupported, PinoPretty } = await import("pino-pretty");
  return PinoPretty({
    destination,
    colorize: isTerminal && isColorSupported,
    errorLikeObjectKeys: ["error"],
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
}
