/**
 * Which resources an action opens that keep the process alive: timers, sockets, workers and the like. Making an extension must open
 * none.
 *
 * The platform tells their kinds and no more, so the action is synchronous: nothing else begins or ends meanwhile. Immediates are
 * left out: they end with the turn, and the platform adds its own at any time, such as after a garbage collection.
 *
 * @returns the kind of each, as Node.js calls it; nothing where the platform does not tell.
 */
export function resourcesOpenedBy(action: () => void): readonly string[] {
  const before = activeResources();
  action();
  return activeResources().filter((kind) => {
    const index = before.indexOf(kind);
    if (index >= 0) before.splice(index, 1);
    return index < 0;
  });
}

function activeResources(): string[] {
  const { process } = globalThis as { readonly process?: { getActiveResourcesInfo?(): string[] } };
  return (process?.getActiveResourcesInfo?.() ?? []).filter((kind) => kind !== "Immediate");
}
