/** Something that text is written to. */
export interface Output {
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean;
}

/** Something that text is read from. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** What a command sees of the process it runs in, so that tests can pass their own. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent: there is nothing to read. */
  readonly stdin?: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}
