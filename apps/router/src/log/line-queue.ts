import type { Clock } from "@kreuz/codec";

/** Where the lines of a log go: standard output, or a file. */
export interface LogDevice {
  /** Writes a text, and calls `done` later, never within this call. Not called again before `done`. */
  write(text: string, done: (error?: Error) => void): void;
  /** Opens the file again under its name; absent where there is no file. @throws Error if it cannot be opened. */
  reopen?(): void;
}

/** Settings of a {@link LineQueue}. */
export interface LineQueueOptions {
  readonly device: LogDevice;
  readonly clock: Clock;
  /** Characters that wait for the device at most; further lines are lost. Default 4 MiB. */
  readonly maxCharacters?: number;
  /** Called when the device takes lines again, with the number of lines that were lost before. */
  readonly onRecovered?: (lost: number) => void;
}

const DEFAULT_MAX_CHARACTERS = 4 * 1024 * 1024;

/**
 * Lines on their way to a device. Writing never blocks and never throws: lines that a slow, full or closed device does not
 * take are lost, and counted.
 */
export class LineQueue {
  readonly #options: LineQueueOptions;
  readonly #maxCharacters: number;
  #lines: string[] = [];
  #characters = 0;
  #writing = false;
  #lost = 0;
  #unreported = 0;
  #idle: (() => void)[] = [];

  constructor(options: LineQueueOptions) {
    this.#options = options;
    this.#maxCharacters = options.maxCharacters ?? DEFAULT_MAX_CHARACTERS;
  }

  /** Lines that were lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** @param line - ends with a newline. */
  write(line: string): void {
    if (this.#characters + line.length > this.#maxCharacters) return this.#lose(1);
    this.#lines.push(line);
    this.#characters += line.length;
    if (!this.#writing) this.#writeAll();
  }

  /** Resolves when the device has taken all lines or refused them, at the latest after `ms` milliseconds. */
  flush(ms: number): Promise<void> {
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.schedule(ms, resolve);
      this.#idle.push(() => {
        cancel();
        resolve();
      });
    });
  }

  #writeAll(): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#writing = true;
    const text = lines.join("");
    this.#options.device.write(text, (error) => {
      this.#characters -= text.length;
      this.#writing = false;
      if (error === undefined) this.#recovered();
      else this.#lose(lines.length);
      if (this.#lines.length > 0 && !this.#writing) this.#writeAll();
      else if (!this.#writing) for (const idle of this.#idle.splice(0)) idle();
    });
  }

  #lose(lines: number): void {
    this.#lost += lines;
    this.#unreported += lines;
  }

  #recovered(): void {
    const lost = this.#unreported;
    if (lost === 0) return;
    this.#unreported = 0;
    this.#options.onRecovered?.(lost);
  }
}
