import type { HeldEntry, Match, Page, UriQuery } from "@kreuz/admin/contract";
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { useDesk } from "../../parts/context.js";
import { DataTable } from "../../parts/data-table.js";
import { useKeys } from "../../parts/hooks.js";
import { ListEmpty, ListFoot } from "../../parts/list-state.js";
import { useLiveList } from "../../parts/live-list.js";
import { QueryChoice } from "../../parts/query-choice.js";
import { SearchField } from "../../parts/search-field.js";
import type { Column } from "../../parts/table-column.js";
import { PagedList } from "../../stores/paged-list.js";

const MATCHES: readonly Match[] = ["exact", "prefix", "wildcard"];

/** Topics or procedures: searched, sorted and paged by the router. */
export function RegistryList<Row extends HeldEntry, Sort extends string>(props: {
  readonly title: string;
  readonly noun: string;
  readonly screen: "topics" | "procedures";
  readonly columns: readonly Column<Row>[];
  readonly sorts: readonly Sort[];
  readonly fetchPage: (realm: string, query: UriQuery<Sort>) => Promise<Page<Row>>;
  /** A number that is different after each change. */
  readonly changes: number;
  /** What to do when the realm has none. */
  readonly children: ComponentChildren;
}): JSX.Element {
  const { realm, navigation } = useDesk();
  const { text, match, sort: sorted, desc } = navigation.route.value.query;
  const sort = props.sorts.find((each) => each === sorted);
  const kind = MATCHES.find((each) => each === match);
  const query: UriQuery<Sort> = {
    ...(text !== undefined && { uri: text }),
    ...(kind !== undefined && { match: kind }),
    ...(sort !== undefined && { sort }),
    desc: desc !== undefined,
  };
  const list = useMemo(
    () =>
      new PagedList<Row, UriQuery<Sort>>(
        (asked, limit, after) => props.fetchPage(realm, { ...asked, limit, ...(after !== undefined && { after }) }),
        query,
      ),
    [realm],
  );
  useLiveList(list, query, props.changes);
  useKeys([{ key: "r", label: "Refresh the list", run: () => void list.refresh() }]);
  return (
    <div class="screen screen-full">
      <div class="screen-head">
        <h1>{props.title}</h1>
        <div class="bar grow">
          <SearchField label={`Search ${props.noun}s`} placeholder="Part of the URI" />
          <QueryChoice label="Match" name="match" values={MATCHES} />
        </div>
      </div>
      <DataTable
        label={props.title}
        columns={props.columns}
        rows={list.rows.value}
        idOf={({ id }) => id}
        sort={{ key: sort ?? "uri", desc: desc !== undefined }}
        onSort={({ key, desc }) => navigation.setQuery({ sort: key, desc: desc ? "1" : undefined })}
        onOpen={({ id }) => navigation.open(props.screen, id)}
        onNearEnd={() => void list.more()}
        empty={
          <ListEmpty list={list} filtered={text !== undefined || kind !== undefined} noun={props.noun}>
            {props.children}
          </ListEmpty>
        }
        foot={<ListFoot list={list} noun={props.noun} />}
      />
    </div>
  );
}
