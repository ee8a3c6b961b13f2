import { configFrom } from "./load-config.js";
import { LoadedConfig } from "./loaded-config.js";

const EVERYTHING = { call: true, register: true, subscribe: true, publish: true };

/**
 * What the router does when there is no config: this machine only, one realm, and everybody may do everything. It works
 * at once, and is for development alone.
 */
export function developmentConfig(): LoadedConfig {
  const { config } = configFrom({
    realms: [
      {
        name: "realm1",
        auth: { anonymous: { role: "development" } },
        roles: [{ name: "development", permissions: [{ uri: "", match: "prefix", allow: EVERYTHING }] }],
        plugins: [
          { package: "@kreuz/session-meta" },
          { package: "@kreuz/registry-meta" },
          { package: "@kreuz/testament" },
        ],
      },
    ],
    transports: [{ type: "websocket" }],
  });
  return new LoadedConfig(config, { name: "built-in development defaults", development: true });
}
