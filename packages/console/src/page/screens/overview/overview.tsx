import type { JSX } from "preact";
import { useDesk } from "../../parts/context.js";
import { State } from "../../parts/state.js";
import { CallsPanel, LimitsPanel, ListenersPanel, RealmsPanel } from "./tables.js";
import { Figures } from "./figures.js";
import { NodesPanel } from "./nodes-panel.js";
import { RouterPanel } from "./router-panel.js";
import { TrafficCharts } from "./traffic-charts.js";

/** How the router does, or all nodes of its cluster together: the numbers of the realm, ten minutes of them as charts, and what the router consists of. */
export function Overview(): JSX.Element {
  const { workspace, realm } = useDesk();
  const history = workspace.stats.history(realm);
  const stats = workspace.stats.stats.value;
  const numbers = stats?.realms[realm];
  return (
    <div class="screen">
      <h1 class="hidden-text">Overview of {realm}</h1>
      {stats !== undefined && numbers === undefined ? (
        <State title="No numbers of this realm">
          <p>The router does not count it, perhaps because it was closed. Choose another realm above.</p>
        </State>
      ) : (
        <>
          <Figures history={history} stats={stats} numbers={numbers} />
          <TrafficCharts history={history} />
          <div class="panels">
            <RealmsPanel />
            <CallsPanel numbers={numbers} />
            <ListenersPanel stats={stats} />
            <RouterPanel />
            <NodesPanel stats={stats} />
            <LimitsPanel stats={stats} />
          </div>
        </>
      )}
    </div>
  );
}
