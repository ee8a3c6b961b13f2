import type { JSX } from "preact";
import { useDesk } from "../../parts/context.js";
import { State } from "../../parts/state.js";
import { TailPanel } from "../tail/tail-panel.js";
import { CallTab } from "./call-tab.js";
import { PublishTab } from "./publish-tab.js";

const TABS = [
  ["call", "Call"],
  ["publish", "Publish"],
  ["subscribe", "Subscribe"],
] as const;

/** Calls, publishes and subscribes in the realm, as the operator's authid and through the realm's authorizer. */
export function Try(): JSX.Element {
  const { navigation, workspace, realm } = useDesk();
  const asked = navigation.route.value.query["do"];
  const [tab] = TABS.find(([name]) => name === asked) ?? TABS[0];
  if (!workspace.isOperator)
    return (
      <State title="Only operators can call and publish">
        <p>You are logged in as a viewer. Ask whoever runs this router for the role operator.</p>
      </State>
    );
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = TABS[(TABS.findIndex(([name]) => name === tab) + step + TABS.length) % TABS.length]!;
    navigation.setQuery({ do: next[0] });
    document.getElementById(`tab-${next[0]}`)?.focus();
  };
  return (
    <div class="screen">
      <div class="screen-head">
        <h1>Try</h1>
        <p>
          In {realm}, as {workspace.api.session.authid}. The realm’s permissions apply.
        </p>
      </div>
      <div class="tabs" role="tablist" aria-label="What to try" onKeyDown={onKeyDown}>
        {TABS.map(([name, label]) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={tab === name}
            aria-controls="try-panel"
            tabIndex={tab === name ? 0 : -1}
            onClick={() => navigation.setQuery({ do: name })}
          >
            {label}
          </button>
        ))}
      </div>
      <div id="try-panel" class="try" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "call" && <CallTab />}
        {tab === "publish" && <PublishTab />}
        {tab === "subscribe" && <TailPanel />}
      </div>
    </div>
  );
}
