/** Within this time a repeated signal is taken for an echo: npm and npx pass on a Ctrl-C that the process got already. */
const ECHO_MS = 300;

const EXIT_CODES: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGINT: 130, SIGTERM: 143 };

/** Resolves at the first SIGINT or SIGTERM. The next one ends the process at once. */
export function interruption(exit: (code: number) => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let last: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      const echo = last !== undefined && now - last < ECHO_MS;
      if (last === undefined) resolve(signal);
      else if (!echo) exit(EXIT_CODES[signal] ?? 1);
      last = now;
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  });
}

/** Calls `reload` at every SIGHUP. */
export function onHangUp(reload: () => Promise<void>): void {
  process.on("SIGHUP", () => void reload());
}
