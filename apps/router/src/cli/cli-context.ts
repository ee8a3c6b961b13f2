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
  /** Aborted at Ctrl-C, for commands that are clients of a router. Default: the signals of the process. */
  readonly interrupted?: AbortSignal;
}

/** What users type to run a command: `kreuz`, or in a clone of the repository something else. */
export function commandName({ KREUZ_COMMAND = "kreuz" }: CliContext["env"]): string {
  return KREUZ_COMMAND;
}
