import { version } from "../version.js";

/** What `kreuz init` writes. */
export function initialConfig(): string {
  return `# yaml-language-server: $schema=https://unpkg.com/kreuz@${version()}/kreuz.schema.json
#
# Configuration of the Kreuz WAMP router. \`kreuz check\` says what it means; every setting that is not here has a
# default, and all of them are in the README: https://github.com/kreuz-wamp/kreuz/tree/main/apps/router#readme

realms:
  - name: realm1

    # The ways in. Clients that do not say who they are get the role "guest".
    auth:
      anonymous: { role: guest }

    # Who may do what. The most specific permission that matches decides; what none allows is denied.
    roles:
      - name: guest
        permissions:
          # Everything that begins with com.example.
          - uri: com.example.
            match: prefix
            allow: { call: true, register: true, subscribe: true, publish: true }
          # See who is there, but not kill anybody: that would be wamp.session.kill and its kin.
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

    # Packages that extend the realm. Others from npm go here too, as well as files: - package: ./my-plugin.js
    plugins:
      - package: "@kreuz/session-meta"
      # Meta APIs of registrations and subscriptions, and last wills: each is one line as well.
      # - package: "@kreuz/registry-meta"
      # - package: "@kreuz/testament"

transports:
  - type: websocket
    # 127.0.0.1 is this machine only, 0.0.0.0 every network it is in.
    host: 127.0.0.1
    port: 8080
    path: /ws
    # Web pages of other origins that may connect.
    # allowedOrigins: ["https://example.com"]

log:
  level: info
`;
}
