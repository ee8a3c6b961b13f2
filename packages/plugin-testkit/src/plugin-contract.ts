import { json } from "@kreuz/codec/json";
import { allowAll, anonymous, createRouter, type Plugin, type Router, type RouterPlugin } from "@kreuz/router";
import { check, type ContractCase, FakeClock, settle, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { type LogLine, recordInto } from "./record-log.js";

const [ONE, OTHER] = ["com.example.one", "com.example.other"] as const;

/** What holds for every plugin of a realm. @param make - makes the plugins that are tested, with those that they require. */
export function pluginContract(make: () => Plugin | readonly Plugin[]): ContractCase[] {
  const start = async (host: Host): Promise<Router> => {
    const made = make();
    const plugins = Array.isArray(made) ? (made as readonly Plugin[]) : [made as Plugin];
    return host.start([], plugins);
  };
  return lifeCases(start);
}

/** What holds for every plugin of the router. */
export function routerPluginContract(make: () => RouterPlugin | readonly RouterPlugin[]): ContractCase[] {
  const start = async (host: Host): Promise<Router> => {
    const made = make();
    const plugins = Array.isArray(made) ? (made as readonly RouterPlugin[]) : [made as RouterPlugin];
    return host.start(plugins, []);
  };
  return lifeCases(start);
}

/** A router in a test, with all that may stay behind. */
class Host {
  readonly clock: FakeClock = new FakeClock();
  readonly log: LogLine[] = [];

  start(routerPlugins: readonly RouterPlugin[], plugins: readonly Plugin[]): Promise<Router> {
    const realm = (uri: string) => ({ uri, authorizer: allowAll, authenticators: [anonymous()], plugins });
    return createRouter({
      clock: this.clock,
      logger: recordInto(this.log),
      plugins: routerPlugins,
      realms: [realm(ONE), realm(OTHER)],
    });
  }
}

/** From the setup of a plugin in two realms to its end. */
function lifeCases(start: (host: Host) => Promise<Router>): ContractCase[] {
  return [
    {
      name: "is set up in several realms, which share nothing: one closes, and the other goes on",
      async run() {
        const router = await start(new Host());
        const before = JSON.stringify(router.counts(ONE));
        await router.removeRealm(OTHER);
        const after = JSON.stringify(router.counts(ONE));
        await router.close();
        check(before === after, `the realm that stayed had ${before} before, and has ${after} after`);
      },
    },
    {
      name: "sees sessions come, call and go, and fails at nothing",
      async run() {
        const host = new Host();
        const router = await start(host);
        const sessions = [router.connect(ONE), router.connect(ONE, { authid: "joe", authrole: "user" })] as const;
        await sessions[0].register("com.example.echo", ({ args }) => args[0]);
        await sessions[1].subscribe("com.example.news", () => {});
        await sessions[1].call("com.example.echo", [1]).catch(() => {});
        await sessions[0].publish("com.example.news", ["news"], { acknowledge: true }).catch(() => {});
        const client = new WireSession();
        connectMemory(router, client, { codec: json, clock: host.clock });
        await client.join(ONE);
        await client.subscribe("com.example.news").catch(() => {});
        await client.call("com.example.echo", { args: [1] }).catch(() => {});
        client.disconnect();
        for (const session of sessions) await session.close();
        await settle();
        await router.close();
        const errors = host.log.filter(({ level }) => level === "error");
        check(errors.length === 0, `it logged ${errors.map(({ message }) => message).join("; ")}`);
      },
    },
    {
      name: "leaves nothing behind when the router closes",
      async run() {
        const host = new Host();
        const router = await start(host);
        await router.close();
        await settle();
        check(host.clock.pending === 0, `it left ${host.clock.pending} timers behind; cancel them in defer()`);
        const errors = host.log.filter(({ level }) => level === "error");
        check(errors.length === 0, `it failed to clean up: ${errors.map(({ message }) => message).join("; ")}`);
      },
    },
  ];
}
