/** Where something is in a config: keys of mappings and indices of lists. */
export type ConfigPath = readonly (string | number)[];

/** `realms[0].roles[1].name`; empty for the whole config. */
export function formatPath(path: ConfigPath): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}
