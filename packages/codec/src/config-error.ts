import { recognizeCopies } from "./recognize-copies.js";

/** A setting is invalid. Thrown at startup, never while routing. */
export class ConfigError extends Error {
  static {
    recognizeCopies(this, "ConfigError");
  }

  override readonly name = "ConfigError";
  /** Path of the setting in the configuration, for example `realms[0].name`. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(path === "" ? message : `${path}: ${message}`);
    this.path = path;
  }
}
