/** Returns the version of this package. Written here by `pnpm run version`, so that it is right in a bundle, too. */
export function version(): string {
  return "0.1.0";
}
