import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/** Said when no descriptor is left. */
export const OPEN_FILES_REMEDY =
  "raise the limit of open files (ulimit -n, LimitNOFILE of systemd), or lower maxConnections below it";

/**
 * How many files this process may have open, sockets included; `undefined` where the system has no such file to read, as
 * only Linux has.
 */
export function maxOpenFiles(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/**
 * Whether a socket that was just accepted took the last descriptor: the system hands out the lowest that is free. Whoever
 * connects next is accepted and closed by Node.js, which tells nobody.
 */
export function tookLastDescriptor(socket: Socket, max: number | undefined): boolean {
  // Not in the types of Node.js.
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return max !== undefined && handle?.fd === max - 1;
}
