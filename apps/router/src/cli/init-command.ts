import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { StartError } from "../run/errors.js";
import { version } from "../version.js";
import { type CliContext, commandName } from "./cli-context.js";

/** `kreuz init`: writes a commented config. Never overwrites a file. */
export async function init(file: string, { cwd, env, stdout }: CliContext): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), initialConfig(), { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EEXIST" ? `${file} already exists; choose another file with --config` : message;
    throw new StartError(reason, { cause: error });
  }
  const command = commandName(env);
  stdout.write(`Wrote ${file}. Run \`${command} check\` to see what it does, \`${command} start\` to run it.\n`);
}

/** The config that `kreuz init` writes. */
export function initialConfig(): string {
  return `# yaml-language-server: $schema=https://unpkg.com/kreuz@${version()}/kreuz.schema.json
#
# Configuration of the Kreuz WAMP router. \`kreuz check\` explains it. Settings that are missing here have a default; the
# README lists all of them: https://github.com/kreuz-wamp/kreuz/tree/main/apps/router#readme

realms:
  - name: realm1

    # Authentication methods. Anonymous clients get the role "guest".
    auth:
      anonymous: { role: guest }

    # Permissions by role. The most specific match decides; without a match, the action is denied.
    roles:
      - name: guest
        permissions:
          # All URIs that start with com.example.
          - uri: com.example.
            match: prefix
            allow: { call: true, register: true, subscribe: true, publish: true }
          # Observing sessions, but not killing them (wamp.session.kill, kill_by_authid, …).
          - uri: wamp.session.on_join
            allow: { subscribe: true }
          - uri: wamp.session.on_leave
            allow: { subscribe: true }
          - uri: wamp.session.count
            allow: { call: true }
          - uri: wamp.session.list
            allow: { call: true }
          - uri: wamp.session.get
            allow: { call: true }

    # Plugins of the realm: npm packages, or files such as - package: ./my-plugin.js
    plugins:
      - package: "@kreuz/session-meta"
      # Meta APIs of registrations and subscriptions, and testaments:
      # - package: "@kreuz/registry-meta"
      # - package: "@kreuz/testament"

transports:
  - type: websocket
    # 127.0.0.1 for this machine only, 0.0.0.0 for all networks.
    host: 127.0.0.1
    port: 8080
    path: /ws
    # Origins of web pages that may connect. Default: the same origin, and localhost.
    # allowedOrigins: ["https://example.com"]

log:
  level: info
`;
}
