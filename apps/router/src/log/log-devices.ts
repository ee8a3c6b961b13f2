import { closeSync, constants, openSync, write } from "node:fs";
import { Socket } from "node:net";
import type { Clock } from "@kreuz/codec";
import type { LogDevice } from "./line-queue.js";

/** Milliseconds after which a terminal that takes nothing is tried again. */
const RETRY_MS = 50;

/** A pipe or socket. Node writes to it without blocking. */
export function streamDevice(stream: Socket): LogDevice {
  return { write: (text, done) => void stream.write(text, (error) => done(error ?? undefined)) };
}

/** Standard output: a terminal, pipe, socket, file, or a device such as /dev/full. */
export function standardOutput(stdout: NodeJS.WriteStream, clock: Clock): LogDevice {
  if (stdout.isTTY) return fdDevice(openTerminal() ?? 1, clock);
  return stdout instanceof Socket ? streamDevice(stdout) : fdDevice(1, clock);
}

/** Node makes writing to a terminal block, so that Ctrl-S would stop the router. So this opens it once more. */
function openTerminal(): number | undefined {
  try {
    return openSync("/dev/fd/1", constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}

/** A file that lines are appended to. @throws Error if it cannot be opened. */
export function fileDevice(file: string, clock: Clock): LogDevice {
  let fd = openSync(file, "a");
  let previous: number | undefined;
  const device = fdDevice(() => {
    // The last write to the old file is over by now.
    if (previous !== undefined) closeSync(previous);
    previous = undefined;
    return fd;
  }, clock);
  return {
    write: device.write,
    reopen: () => {
      const opened = openSync(file, "a");
      if (previous === undefined) previous = fd;
      else closeSync(fd);
      fd = opened;
    },
  };
}

function fdDevice(fd: number | (() => number), clock: Clock): LogDevice {
  // After a line that was written in part, the next one starts on a line of its own.
  let cut = false;
  return {
    write: (text, done) => {
      const bytes = Buffer.from(cut ? `\n${text}` : text);
      writeFrom(typeof fd === "number" ? fd : fd(), bytes, 0, clock, (error, written) => {
        cut = error !== undefined && (written > 0 || cut);
        done(error);
      });
    },
  };
}

function writeFrom(
  fd: number,
  bytes: Buffer,
  start: number,
  clock: Clock,
  done: (error: Error | undefined, written: number) => void,
): void {
  write(fd, bytes, start, bytes.length - start, null, (error, count) => {
    const next = start + (error === null ? count : 0);
    if (error === null && next < bytes.length) return writeFrom(fd, bytes, next, clock, done);
    if (error?.code === "EAGAIN") return void clock.schedule(RETRY_MS, () => writeFrom(fd, bytes, next, clock, done));
    done(error ?? undefined, next);
  });
}
