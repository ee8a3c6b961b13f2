import { checkAuth } from "./check-auth.js";
import { checkAuthorizers } from "./check-authorizers.js";
import { checkRealm } from "./check-realm.js";
import { eachRepeat, type Report, within } from "./check-report.js";
import { checkTransport } from "./check-transport.js";
import type { Config } from "./config.js";

/** What no schema can say: how the parts of a config fit together. */
export function checkConfig(config: Config, report: Report): void {
  const { realms, transports, uriRule } = config;
  const names = realms.map(({ name }) => name);
  for (const [index, realm] of realms.entries()) {
    checkRealm(realm, uriRule, within(report, "realms", index));
    checkAuth(realm, config, within(report, "realms", index, "auth"));
    checkAuthorizers(realm, names, uriRule, within(report, "realms", index));
  }
  for (const [index, transport] of transports.entries()) checkTransport(transport, within(report, "transports", index));
  eachRepeat(
    realms,
    ({ name }) => name,
    (index, name) => report(["realms", index, "name"], `there is a realm "${name}" already`),
  );
  eachRepeat(
    transports,
    ({ host, port, unix }) => (unix === undefined ? `${host}:${port}` : unix.path),
    (index, place) => {
      // Port 0 is a free one, another for each.
      const { port, unix } = transports[index]!;
      if (unix !== undefined || port !== 0)
        report(["transports", index, unix === undefined ? "port" : "unix"], `there is a transport on ${place} already`);
    },
  );
}
