import type { Peer } from "../interop/clients/peer.js";

/** What the router holds, after collecting its garbage. */
export interface Inventory {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  /** Memory in use, in MiB. */
  readonly used: number;
  /** Resident memory of the process, in MiB. */
  readonly resident: number;
}

const PROCEDURE = "org.example.inventory";

/** A config and a plugin that reports the {@link Inventory}. The router needs `--expose-gc`. */
export const PROBED: Readonly<Record<string, string>> = {
  "kreuz.yaml": `
realms:
  - name: realm1
    auth: { anonymous: { role: anybody } }
    roles:
      - name: anybody
        permissions:
          - { uri: "", match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }
    plugins:
      - package: "@kreuz/session-meta"
      - package: ./probe.mjs
`,
  "probe.mjs": `
export function probe() {
  return {
    name: "probe",
    setup({ procedure, sessions, subscriptions, registrations }) {
      procedure("${PROCEDURE}", async () => {
        for (let count = 0; count < 3; count++) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          globalThis.gc();
        }
        const { rss, heapUsed, external } = process.memoryUsage();
        return {
          sessions: await sessions.count(),
          subscriptions: (await subscriptions.list()).length,
          registrations: (await registrations.list()).length,
          used: (heapUsed + external) / 2 ** 20,
          resident: rss / 2 ** 20,
        };
      });
    },
  };
}
`,
};

export async function inventory(peer: Peer): Promise<Inventory> {
  return (await peer.call(PROCEDURE)).args[0] as Inventory;
}
