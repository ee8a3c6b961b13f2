import { ConfigError } from "@kreuz/codec";
import { findConfig } from "../config/find-config.js";
import { ExtensionError } from "../run/extension-error.js";
import { schemaWithOptions } from "../run/schema-with-options.js";
import type { CliContext } from "./cli-context.js";

/**
 * `kreuz schema`: prints the JSON Schema of config files, with the options of the packages that a config names.
 *
 * @throws ConfigError when one of them cannot be loaded.
 */
export async function schema(file: string | undefined, { cwd, env, stdout }: CliContext): Promise<void> {
  const loaded = await findConfig(file, cwd, env);
  try {
    stdout.write(`${JSON.stringify(await schemaWithOptions(loaded), null, 2)}\n`);
  } catch (error) {
    if (error instanceof ExtensionError) throw new ConfigError(loaded.source.name, error.message);
    throw error;
  }
}
