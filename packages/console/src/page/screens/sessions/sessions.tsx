import { ADMIN, type SessionQuery, type SessionRow } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useDesk } from "../../parts/context.js";
import { DataTable } from "../../parts/data-table.js";
import { useKeys, useNow } from "../../parts/hooks.js";
import { ListEmpty, ListFoot } from "../../parts/list-state.js";
import { useLiveList } from "../../parts/live-list.js";
import { PagedList } from "../../stores/paged-list.js";
import { sumOf } from "../../stores/sample.js";
import { Selection } from "../../stores/selection.js";
import { KillDialog } from "./kill-dialog.js";
import { sessionColumns } from "./session-columns.js";
import { SessionsHead } from "./sessions-head.js";
import { SelectionBar } from "./selection-bar.js";
import { filterOf, isFiltered, type KillTarget, queryOf, targetOf } from "./session-query.js";

/** Who is connected: searched, sorted and paged by the router, so that it works for 100,000 sessions as for ten. */
export function Sessions(): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const settings = navigation.route.value.query;
  const query = queryOf(settings);
  // Nothing is selected that the filter hides.
  const selection = useMemo(() => new Selection(), [realm, JSON.stringify(filterOf(settings))]);
  const list = useSessionList(query);
  const [target, setTarget] = useState<KillTarget>();
  const kill = (): void => {
    if (workspace.isOperator && !selection.isEmpty.value)
      setTarget(targetOf(settings, selection.everything.value, selection.ids.value));
  };
  useKeys([
    { key: "r", label: "Refresh the list", run: () => void list.refresh() },
    ...(workspace.isOperator ? [{ key: "Delete", label: "Close the selected sessions", run: kill }] : []),
    { key: "Escape", label: "Select nothing", run: () => selection.clear() },
  ]);
  const columns = sessionColumns(useNow(), workspace.watch.isClustered, (session) =>
    navigation.href("sessions", session),
  );
  return (
    <div class="screen screen-full">
      <SessionsHead />
      <DataTable
        label="Sessions"
        columns={columns}
        rows={list.rows.value}
        idOf={({ session }) => session}
        sort={{ key: query.sort, desc: query.desc }}
        onSort={({ key, desc }) => navigation.setQuery({ sort: key, desc: desc ? "1" : undefined })}
        onOpen={({ session }) => navigation.open("sessions", session)}
        selection={workspace.isOperator ? selection : undefined}
        onNearEnd={() => void list.more()}
        empty={
          <ListEmpty list={list} filtered={isFiltered(settings)} noun="session">
            <p>Nobody is connected to {realm} yet. Connect a client, and it appears here within a second.</p>
          </ListEmpty>
        }
        foot={
          <>
            <ListFoot list={list} noun="session" />
            {workspace.isOperator && (
              <SelectionBar selection={selection} matched={list.state.value.matched} onKill={kill} />
            )}
          </>
        }
      />
      {target !== undefined && (
        <KillDialog
          target={target}
          onDone={() => {
            selection.clear();
            void list.refresh();
          }}
          onClose={() => setTarget(undefined)}
        />
      )}
    </div>
  );
}

/** The sessions of the realm that fit a query, kept fresh. */
function useSessionList(query: SessionQuery): PagedList<SessionRow, SessionQuery> {
  const { workspace, realm } = useDesk();
  const list = useMemo(() => {
    const fetchPage = (asked: SessionQuery, limit: number, after: string | undefined) =>
      workspace.api.ask(ADMIN.getSessions, [realm], { ...asked, limit, ...(after !== undefined && { after }) });
    return new PagedList<SessionRow, SessionQuery>(fetchPage, query);
  }, [realm]);
  const numbers = workspace.stats.stats.value?.realms[realm];
  // Joins and leaves: the list is asked for again when one has happened.
  const changes = numbers === undefined ? 0 : sumOf(numbers.joined) + sumOf(numbers.left);
  useLiveList(list, query, changes);
  return list;
}
