/** An output stream of text. */
export interface Output {
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean;
}

/** An input stream of text. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** The parts of the process that commands use, so that tests can replace them. */
export interface CliContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent: no input. */
  readonly stdin?: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}
