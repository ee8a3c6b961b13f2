import { ADMIN } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { problemOf } from "../../api/problem.js";
import { duration } from "../../format/times.js";
import { Confirm } from "../../parts/confirm.js";
import { useDesk } from "../../parts/context.js";
import { Facts } from "../../parts/facts.js";
import { useNow } from "../../parts/hooks.js";
import { Panel } from "../../parts/panel.js";

/** What the router is; operators can reload its config and drain it. */
export function RouterPanel(): JSX.Element {
  const { workspace } = useDesk();
  const state = workspace.watch.state.value;
  const now = useNow();
  if (state === undefined) return <Panel title="Router">{workspace.watch.problem.value ?? "…"}</Panel>;
  const ready = state.ready ? <span class="ok">yes</span> : <span class="warn">no: {state.because.join(", ")}</span>;
  return (
    <Panel title="Router" aside={workspace.isOperator && <RouterActions reloadable={state.reloadable} />}>
      <Facts
        of={[
          ...(state.nodes === undefined
            ? []
            : [["Node", `${state.nodes[0]?.name}, which this page is connected to`] as const]),
          ["Ready", ready],
          ["Version", `Kreuz ${state.version}, Node.js ${state.node}`],
          ["Host", `${state.host}, process ${state.pid}`],
          ["Up for", duration(now - state.started)],
        ]}
      />
    </Panel>
  );
}

function RouterActions({ reloadable }: { readonly reloadable: boolean }): JSX.Element {
  const { workspace, notices } = useDesk();
  const [draining, setDraining] = useState(false);
  const reload = async (): Promise<void> => {
    try {
      const { revoked, needsRestart } = await workspace.api.ask(ADMIN.reload, []);
      const later = needsRestart.length === 0 ? "" : ` Needs a restart: ${needsRestart.join(", ")}.`;
      notices.done(`The config was reloaded; ${revoked} subscriptions and registrations were revoked.${later}`);
    } catch (error) {
      notices.error(`The config was not reloaded: ${problemOf(error)}`);
    }
  };
  return (
    <span class="bar">
      {reloadable && (
        <button type="button" class="button" onClick={() => void reload()}>
          Reload config
        </button>
      )}
      <button type="button" class="button" onClick={() => setDraining(true)}>
        Drain…
      </button>
      {draining && (
        <Confirm
          title="Drain this router?"
          action="Drain"
          onClose={() => setDraining(false)}
          onConfirm={async () => {
            await workspace.api.ask(ADMIN.drain, []);
            notices.done("The router drains.");
          }}
        >
          <p>It takes no new sessions and ends all others, this one, too. Its process goes on until it is stopped.</p>
        </Confirm>
      )}
    </span>
  );
}
