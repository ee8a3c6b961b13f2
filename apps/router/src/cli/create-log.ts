import { type DestinationStream, type Logger, pino } from "pino";
import type { LogConfig } from "../config/config.js";

/** A log on standard output. */
export interface Log {
  readonly logger: Logger;
  /** True when it is for people to read. */
  readonly pretty: boolean;
  /** Writes out what is waiting; to be called before the process ends. */
  flush(): void;
}

/** One JSON object a line, or lines for people. */
export async function createLog({ level, format }: LogConfig, isTerminal: boolean): Promise<Log> {
  const pretty = format === "pretty" || (format === "auto" && isTerminal);
  const destination = pino.destination({ dest: 1, sync: pretty });
  const logger = pino(
    {
      level,
      // Who reads a log knows where it comes from.
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
  // Loaded where somebody looks on only: a start in production is quicker without it.
  const { isColorSupported, PinoPretty } = await import("pino-pretty");
  return PinoPretty({
    destination,
    colorize: isTerminal && isColorSupported,
    errorLikeObjectKeys: ["error"],
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
}
