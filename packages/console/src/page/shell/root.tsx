import type { Session } from "@kreuz/client";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { AppContext, DeskContext, type App } from "../parts/context.js";
import { State } from "../parts/state.js";
import { Connect } from "../screens/connect/connect.js";
import { Workspace } from "../stores/workspace.js";
import { Shell } from "./shell.js";

/** The page: the login, or what is behind it. */
export function Root({ app }: { readonly app: App }): JSX.Element {
  const state = app.access.state.value;
  return (
    <AppContext.Provider value={app}>
      {state.phase === "in" ? <SignedIn key={state.session} app={app} session={state.session} /> : <Connect />}
    </AppContext.Provider>
  );
}

function SignedIn({ app, session }: { readonly app: App; readonly session: Session }): JSX.Element {
  const workspace = useMemo(() => new Workspace(session, app.notices), [session]);
  useEffect(() => () => workspace.dispose(), [workspace]);
  const asked = app.navigation.route.value.realm;
  const realm = asked ?? workspace.watch.realm(undefined)?.name;
  if (realm === undefined)
    return (
      <main class="connect">
        <State
          title={workspace.watch.problem.value === undefined ? "Connecting…" : "The router does not tell its realms"}
        >
          <p>{workspace.watch.problem.value}</p>
        </State>
      </main>
    );
  return (
    <DeskContext.Provider value={{ ...app, workspace, realm }}>
      <Shell />
    </DeskContext.Provider>
  );
}
