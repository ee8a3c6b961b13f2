import type { HeldEntry, Match } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { age } from "../../format/times.js";
import type { Column } from "../../parts/table-column.js";

/** The URI of a topic or procedure, as a link. */
export function uriColumn<Row extends HeldEntry>(href: (id: number) => string): Column<Row> {
  return {
    key: "uri",
    label: "URI",
    track: "minmax(10rem, 3fr)",
    sorts: true,
    cell: ({ id, uri }) => (
      <a class="mono" href={href(id)} tabIndex={-1} title={uri}>
        {uri === "" ? "(everything)" : uri}
      </a>
    ),
  };
}

export function matchColumn<Row extends HeldEntry>(): Column<Row> {
  return { key: "match", label: "Match", track: "6rem", from: 30, cell: ({ match }) => <MatchBadge match={match} /> };
}

export function createdColumn<Row extends { readonly created: number }>(now: number): Column<Row> {
  return {
    key: "created",
    label: "Since",
    track: "6rem",
    numeric: true,
    sorts: true,
    from: 34,
    cell: ({ created }) => age(now - created),
  };
}

export function MatchBadge({ match }: { readonly match: Match }): JSX.Element {
  return (
    <span class="badge" data-tone={match === "exact" ? undefined : "accent"}>
      {match}
    </span>
  );
}
