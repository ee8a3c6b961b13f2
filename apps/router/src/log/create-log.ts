import { resolve } from "node:path";
import type { Clock } from "@kreuz/codec";
import { type Logger, pino } from "pino";
import type { LogConfig } from "../config/config.js";
import { StartError } from "../run/errors.js";
import { type LogDevice, LineQueue } from "./line-queue.js";
import { fileDevice, standardOutput } from "./log-devices.js";
import { printableFields, printableJson } from "./printable.js";

/** The log of the process, on standard output or in a file. Writing to it never blocks and never throws. */
export interface Log {
  readonly logger: Logger;
  /** True if the log is formatted for people. */
  readonly pretty: boolean;
  /** Writes a text as it is. */
  print(text: string): void;
  /** Waits until the lines so far are written, at most {@link FLUSH_MS}. Call it before the process exits. */
  flush(): Promise<void>;
  /** Opens the file of the log again, after it was renamed. @returns false if the log is no file. */
  reopen(): boolean;
}

/** Settings of {@link createLog} besides its config. */
export interface LogOptions {
  readonly stdout: NodeJS.WriteStream;
  /** Base of a relative file name. */
  readonly folder: string;
  readonly clock: Clock;
  /** What all lines have. Default: nothing. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Milliseconds that an exit waits for the output at most. */
export const FLUSH_MS = 500;

/**
 * Creates a log of JSON objects, one per line, or of formatted lines.
 *
 * @throws StartError if the file of the log cannot be opened.
 */
export async function createLog(config: LogConfig, { stdout, folder, clock, fields }: LogOptions): Promise<Log> {
  const isTerminal = stdout.isTTY && config.file === undefined;
  const pretty = config.format === "pretty" || (config.format === "auto" && isTerminal);
  const device =
    config.file === undefined ? standardOutput(stdout, clock) : openFile(resolve(folder, config.file), clock);
  const queue = new LineQueue({
    device,
    clock,
    onRecovered: (lost) => logger.warn({ lost }, "log lines were lost: the output was slow, full or closed"),
  });
  const format = pretty ? await prettyFormat(isTerminal) : printableJson;
  const logger = pino(
    {
      level: config.level,
      // Leaves out process id and host name.
      base: fields ?? null,
      errorKey: "error",
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    { write: (line) => queue.write(format(line)) },
  );
  return {
    logger,
    pretty,
    print: (text) => queue.write(text),
    flush: () => queue.flush(FLUSH_MS),
    reopen: () => {
      device.reopen?.();
      return device.reopen !== undefined;
    },
  };
}

function openFile(file: string, clock: Clock): LogDevice {
  try {
    return fileDevice(file, clock);
  } catch (error) {
    throw new StartError(`cannot write the log: ${(error as Error).message}`, { cause: error });
  }
}

async function prettyFormat(isTerminal: boolean): Promise<(line: string) => string> {
  // Imported on demand, since production starts faster without it.
  const { isColorSupported, prettyFactory } = await import("pino-pretty");
  const format = prettyFactory({
    colorize: isTerminal && isColorSupported,
    errorLikeObjectKeys: ["error"],
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
  return (line) => format(printableFields(JSON.parse(line)));
}
