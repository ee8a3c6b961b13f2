import { ADMIN, type RegistrationRow, type RegistrationSort } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { count } from "../../format/numbers.js";
import { useDesk } from "../../parts/context.js";
import { useNow } from "../../parts/hooks.js";
import type { Column } from "../../parts/table-column.js";
import { RegistryList } from "./registry-list.js";
import { createdColumn, matchColumn, uriColumn } from "./uri-columns.js";

const SORTS: readonly RegistrationSort[] = ["uri", "created", "callees", "pending"];

/** What can be called, who answers, and how busy they are. */
export function Procedures(): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const columns: readonly Column<RegistrationRow>[] = [
    uriColumn((id) => navigation.href("procedures", id)),
    matchColumn(),
    {
      key: "invoke",
      label: "Invoke",
      track: "7rem",
      from: 40,
      cell: ({ invoke, builtIn }) => <span class="muted">{builtIn ? "built in" : invoke}</span>,
    },
    createdColumn(useNow()),
    {
      key: "callees",
      label: "Callees",
      track: "5.5rem",
      numeric: true,
      sorts: true,
      cell: ({ callees }) => count(callees),
    },
    {
      key: "pending",
      label: "Pending",
      track: "5.5rem",
      numeric: true,
      sorts: true,
      cell: ({ pendingCalls }) => <span class={pendingCalls === 0 ? "muted" : undefined}>{count(pendingCalls)}</span>,
    },
  ];
  return (
    <RegistryList<RegistrationRow, RegistrationSort>
      title="Procedures"
      noun="procedure"
      screen="procedures"
      columns={columns}
      sorts={SORTS}
      changes={workspace.stats.stats.value?.realms[realm]?.registrations ?? 0}
      fetchPage={(realm, query) => workspace.api.ask(ADMIN.getRegistrations, [realm], query)}
    >
      <p>Nothing can be called in {realm}. A procedure appears here when a client registers it.</p>
    </RegistryList>
  );
}
