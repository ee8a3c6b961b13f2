import type { SessionRow, SessionSort } from "@kreuz/admin/contract";
import { bytes, short } from "../../format/numbers.js";
import { age } from "../../format/times.js";
import type { Column } from "../../parts/table-column.js";

/**
 * The columns of the list of sessions.
 *
 * @param clustered - whether they may be on several nodes.
 */
export function sessionColumns(
  now: number,
  clustered: boolean,
  href: (session: number) => string,
): readonly Column<SessionRow>[] {
  return [
    {
      key: "authid",
      label: "Authid",
      track: "minmax(6.5rem, 1.4fr)",
      sorts: true,
      cell: ({ session, authid }) => (
        <a href={href(session)} tabIndex={-1} title={authid}>
          {authid}
        </a>
      ),
    },
    { key: "role", label: "Role", track: "minmax(5.25rem, 0.8fr)", cell: ({ authrole }) => authrole },
    ...(clustered ? [NODE] : []),
    {
      key: "session",
      label: "Session",
      track: "9.5rem",
      from: 76,
      cell: ({ session }) => <span class="mono muted">{session}</span>,
    },
    {
      key: "peer",
      label: "Peer",
      track: "minmax(10.5rem, 1fr)",
      from: 65,
      cell: ({ peer }) => <span class="mono">{peer ?? "local"}</span>,
    },
    {
      key: "transport",
      label: "Transport",
      track: "10.25rem",
      from: 55,
      cell: ({ transport, codec }) => `${transport} · ${codec}`,
    },
    numeric("joined", "Joined", 5, 0, (row) => age(now - row.joined)),
    numeric("active", "Active", 5, 32, (row) => age(now - row.active)),
    numeric("in", "In", 4.5, 46, (row) => short(row.messagesIn)),
    numeric("out", "Out", 4.5, 46, (row) => short(row.messagesOut)),
    numeric("dropped", "Dropped", 5, 37, (row) => (
      <span class={row.eventsDropped > 0 ? "warn" : "muted"}>{short(row.eventsDropped)}</span>
    )),
    numeric("buffered", "Buffered", 5.5, 27, (row) => (
      <span class={row.slow ? "danger" : "muted"}>{bytes(row.bufferedBytes)}</span>
    )),
  ];
}

const NODE: Column<SessionRow> = {
  key: "node",
  label: "Node",
  track: "minmax(4.5rem, 0.6fr)",
  from: 60,
  cell: ({ node }) => node,
};

/** @param from - the table's width in rem from which on it is shown: what is least important goes first. */
function numeric(
  key: SessionSort,
  label: string,
  width: number,
  from: number,
  cell: Column<SessionRow>["cell"],
): Column<SessionRow> {
  return { key, label, track: `${width}rem`, numeric: true, sorts: true, from, cell };
}
