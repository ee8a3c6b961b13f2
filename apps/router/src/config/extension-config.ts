import type { ExtensionRef } from "@kreuz/codec";
import { z } from "zod";
import type { Config, TransportConfig } from "./config.js";
import type { ConfigPath } from "./config-problem.js";
import { expected, section, text } from "./fields.js";

/** Where a config names an extension. */
export interface ExtensionPlace {
  readonly path: ConfigPath;
  /** The kinds of extensions that fit there. */
  readonly kinds: readonly string[];
  readonly ref: ExtensionRef;
}

// An interface would not be assignable to a shape.
type ExtensionFields = Readonly<{
  package: z.ZodType<string>;
  export: z.ZodType<string | undefined>;
  options: z.ZodType<Record<string, unknown> | undefined>;
}>;

/** The settings that name an extension. */
export const extensionFields: ExtensionFields = {
  package: text("the name of a package, or a path").describe(
    "Name of an npm package, or a path that starts with a dot, relative to the config file.",
  ),
  export: text("the name of an export")
    .optional()
    .describe("Export that makes the extension. Needed only where the package has several that fit."),
  options: z.record(z.string(), z.unknown(), expected("a mapping")).optional().describe("Options of the extension."),
};

/** An extension, in the place of something built in. */
export const extensionSchema: z.ZodType<ExtensionRef> = section(extensionFields);

/** Whether a setting names an extension, and not something built in. */
export function namesExtension(setting: object | undefined): setting is ExtensionRef {
  return setting !== undefined && "package" in setting;
}

/** Every place of a config that names an extension, in the order of the config. */
export function extensionPlaces({ plugins, realms, transports }: Config): readonly ExtensionPlace[] {
  const places: ExtensionPlace[] = [];
  const add = (kinds: readonly string[], ref: object | undefined, ...path: ConfigPath): void => {
    if (namesExtension(ref)) places.push({ path, kinds, ref });
  };
  for (const [index, plugin] of plugins.entries()) add(["plugin", "router-plugin"], plugin, "plugins", index);
  for (const [index, { auth, authorizer, roles, plugins: ofRealm }] of realms.entries()) {
    for (const [method, ref] of Object.entries(auth.extensions ?? {}))
      add(["authenticator"], ref, "realms", index, "auth", method);
    add(["authorizer"], authorizer, "realms", index, "authorizer");
    for (const [role, { authorizer: ofRole }] of roles.entries())
      add(["authorizer"], ofRole, "realms", index, "roles", role, "authorizer");
    for (const [position, plugin] of ofRealm.entries()) add(["plugin"], plugin, "realms", index, "plugins", position);
  }
  for (const [index, transport] of transports.entries()) {
    add(["transport"], transport, "transports", index);
    if (namesExtension(transport)) continue;
    for (const [position, route] of (transport.routes ?? []).entries())
      add(["route"], route, "transports", index, "routes", position);
  }
  return places;
}

/** The transports that are built in, each with its place among all. */
export function builtInTransports({ transports }: Pick<Config, "transports">): [index: number, TransportConfig][] {
  return transports.flatMap((transport, index): [number, TransportConfig][] =>
    namesExtension(transport) ? [] : [[index, transport]],
  );
}
