import type { JSX } from "preact";
import { useDesk } from "../../parts/context.js";
import { State } from "../../parts/state.js";
import { TailPanel } from "./tail-panel.js";

/** Events of the realm as they come. */
export function Tail(): JSX.Element {
  const { workspace } = useDesk();
  return (
    <div class="screen screen-full">
      <div class="screen-head">
        <h1>Tail</h1>
        <p>Events as they come, at most so many a second.</p>
      </div>
      {workspace.isOperator ? (
        <TailPanel />
      ) : (
        <State title="Only operators can see events">
          <p>You are logged in as a viewer. Ask whoever runs this router for the role operator.</p>
        </State>
      )}
    </div>
  );
}
