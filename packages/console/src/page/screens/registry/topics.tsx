import { ADMIN, type SubscriptionRow, type SubscriptionSort } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { count } from "../../format/numbers.js";
import { useDesk } from "../../parts/context.js";
import { useNow } from "../../parts/hooks.js";
import type { Column } from "../../parts/table-column.js";
import { RegistryList } from "./registry-list.js";
import { createdColumn, matchColumn, uriColumn } from "./uri-columns.js";

const SORTS: readonly SubscriptionSort[] = ["uri", "created", "subscribers"];

/** What is subscribed to. */
export function Topics(): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const columns: readonly Column<SubscriptionRow>[] = [
    uriColumn((id) => navigation.href("topics", id)),
    matchColumn(),
    createdColumn(useNow()),
    {
      key: "subscribers",
      label: "Subscribers",
      track: "7rem",
      numeric: true,
      sorts: true,
      cell: ({ subscribers }) => count(subscribers),
    },
  ];
  return (
    <RegistryList<SubscriptionRow, SubscriptionSort>
      title="Topics"
      noun="topic"
      screen="topics"
      columns={columns}
      sorts={SORTS}
      changes={workspace.stats.stats.value?.realms[realm]?.subscriptions ?? 0}
      fetchPage={(realm, query) => workspace.api.ask(ADMIN.getSubscriptions, [realm], query)}
    >
      <p>Nobody subscribes to anything in {realm}. A topic appears here with its first subscriber.</p>
    </RegistryList>
  );
}
