import type { JSX } from "preact";
import { formatRoute } from "../navigation/route.js";
import { useDesk } from "../parts/context.js";

/** The bar at the top: which router and realm this is, whether the connection is there, and who is logged in. */
export function Header(props: { readonly onFind: () => void; readonly onHelp: () => void }): JSX.Element {
  const { access, workspace, navigation, realm } = useDesk();
  const realms = workspace.watch.state.value?.realms ?? [];
  const { authid, authrole } = workspace.api.session;
  // A connection that is silent looks open.
  const silent = workspace.watch.problem.value !== undefined;
  const state = access.lost.value !== undefined ? "reconnecting" : silent ? "no answer" : "connected";
  return (
    <header class="header">
      <a class="brand" href={formatRoute({ realm, screen: "overview", id: undefined, query: {} })}>
        <img src="icon.svg" alt="" width="22" height="22" />
        <span>Kreuz</span>
      </a>
      <select
        class="input realm"
        aria-label="Realm"
        value={realm}
        onChange={(event) => navigation.openRealm(event.currentTarget.value)}
      >
        {realms.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        {!realms.some(({ name }) => name === realm) && <option value={realm}>{realm}</option>}
      </select>
      <span class="header-space" />
      <button type="button" class="find" onClick={props.onFind}>
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.5 10.5 14 14" fill="none" stroke="currentColor" />
        </svg>
        <span>Go to, search, do…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <span class="link-state" data-state={state} role="status">
        <span>{state}</span>
      </span>
      <span class="who">
        <b>{authid}</b> <span class="badge">{authrole}</span>
      </span>
      <button type="button" class="button button-quiet" onClick={props.onHelp}>
        <kbd>?</kbd> <span class="hidden-text">Keys</span>
      </button>
      <button type="button" class="button button-quiet" onClick={() => void access.signOut()}>
        Log out
      </button>
    </header>
  );
}
