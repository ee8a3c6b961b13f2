/** Reports an error that nobody waits for: `what` says whose it is. */
export type Report = (error: unknown, what: string) => void;
