/** Where a token waits while the page is loaded again. */
const KEY = "kreuz-next-token";

/** The parts of a window that a token comes through. */
export type TokenWindow = Pick<Window, "location" | "history" | "sessionStorage" | "addEventListener">;

/**
 * Takes the token of the one-time link out of the address, so that neither the history nor anybody who looks at the screen has it;
 * or the one that {@link carryToken} has kept.
 */
export function takeToken({ location, history, sessionStorage }: TokenWindow): string | undefined {
  const carried = sessionStorage.getItem(KEY) ?? undefined;
  sessionStorage.removeItem(KEY);
  const linked = new URLSearchParams(location.hash.slice(1)).get("token");
  if (linked === null) return carried;
  history.replaceState(null, "", location.pathname);
  return linked;
}

/**
 * Keeps the next token of a development start from the moment that the page is left until it is loaded again in the same tab, so that
 * reloading does not log out. It is good for one login, and nothing else is ever kept: no ticket and no password.
 */
export function carryToken(window: TokenWindow, next: () => string | undefined): void {
  window.addEventListener("pagehide", () => {
    const token = next();
    if (token !== undefined) window.sessionStorage.setItem(KEY, token);
  });
}
