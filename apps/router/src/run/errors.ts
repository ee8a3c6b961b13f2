/** The router cannot start for a reason outside its config, such as a port in use. `cause` has the original error. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** A plugin of a config cannot be used. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  /** The setting that is wrong. */
  readonly part: "package" | "export" | "options";

  constructor(message: string, part: "package" | "export" | "options" = "package") {
    super(message);
    this.part = part;
  }
}
