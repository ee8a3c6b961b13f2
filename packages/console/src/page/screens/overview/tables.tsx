import type { ListenerState, RealmNumbers, Stats } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { bytes, count, NOTHING, percent, short } from "../../format/numbers.js";
import { formatRoute } from "../../navigation/route.js";
import { useDesk } from "../../parts/context.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { sumOf } from "../../stores/sample.js";

/** All realms, with a link to each. */
export function RealmsPanel(): JSX.Element {
  const { workspace, realm } = useDesk();
  const realms = workspace.watch.state.value?.realms ?? [];
  return (
    <Panel title="Realms">
      <PlainTable
        heads={["Realm", "Sessions", "Topics", "Procedures", "Calls"]}
        rows={realms.map(({ name, management, sessions, subscriptions, registrations, callsPending }) => [
          <>
            <a
              href={formatRoute({ realm: name, screen: "overview", id: undefined, query: {} })}
              aria-current={name === realm}
            >
              {name}
            </a>{" "}
            {management && <span class="badge">management</span>}
          </>,
          count(sessions),
          short(subscriptions),
          short(registrations),
          short(callsPending),
        ])}
      />
    </Panel>
  );
}

/** How the calls of the realm ended, since the start of the router. */
export function CallsPanel({ numbers }: { readonly numbers: RealmNumbers | undefined }): JSX.Element {
  const calls = numbers?.calls ?? {};
  const total = sumOf(calls);
  const seen = Object.entries(calls).filter(([outcome, times]) => times > 0 || outcome === "ok");
  return (
    <Panel title="How calls ended" aside={<span class="muted">since the start</span>}>
      <PlainTable
        heads={["Outcome", "Calls", "Share"]}
        rows={seen.map(([outcome, times]) => [outcome.replaceAll("_", " "), count(times), percent(times, total)])}
      />
    </Panel>
  );
}

/** Where clients connect. Numbers are kept by name; in a cluster, listeners of one name may have several URLs. */
export function ListenersPanel({ stats }: { readonly stats: Stats | undefined }): JSX.Element {
  const { workspace } = useDesk();
  const byName = new Map<string, ListenerState>();
  for (const listener of workspace.watch.state.value?.listeners ?? []) {
    const known = byName.get(listener.name);
    byName.set(listener.name, known === undefined ? listener : joined(known, listener));
  }
  const listeners = [...byName.values()];
  return (
    <Panel title="Listeners">
      <PlainTable
        heads={["Address", "Open", "In", "Out"]}
        rows={listeners.map(({ name, url, connections }) => {
          const numbers = stats?.listeners[name];
          return [
            url,
            count(numbers?.connections ?? connections),
            numbers === undefined ? NOTHING : bytes(numbers.bytesIn),
            numbers === undefined ? NOTHING : bytes(numbers.bytesOut),
          ];
        })}
      />
    </Panel>
  );
}

function joined(one: ListenerState, other: ListenerState): ListenerState {
  return { ...one, url: `${one.url}, ${other.url}`, connections: one.connections + other.connections };
}

/** Limits that clients have reached. */
export function LimitsPanel({ stats }: { readonly stats: Stats | undefined }): JSX.Element {
  const reached = Object.entries(stats?.limits ?? {})
    .filter(([, times]) => times > 0)
    .toSorted(([, one], [, other]) => other - one);
  return (
    <Panel title="Limits reached" aside={<span class="muted">since the start</span>}>
      {reached.length === 0 ? (
        <p class="muted">None. The router names each limit here when a client reaches it.</p>
      ) : (
        <PlainTable heads={["Limit", "Times"]} rows={reached.map(([limit, times]) => [limit, count(times)])} />
      )}
    </Panel>
  );
}
