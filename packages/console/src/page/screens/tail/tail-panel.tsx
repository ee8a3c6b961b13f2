import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { count, many } from "../../format/numbers.js";
import { payloadLine } from "../../format/payload.js";
import { dateTime, timeOfDay } from "../../format/times.js";
import { useDesk } from "../../parts/context.js";
import { DataTable } from "../../parts/data-table.js";
import { Payload } from "../../parts/payload.js";
import { State } from "../../parts/state.js";
import type { Column } from "../../parts/table-column.js";
import type { TailedEvent, TailState } from "../../stores/tail-feed.js";
import { TailForm } from "./tail-form.js";

const COLUMNS: readonly Column<TailedEvent>[] = [
  { key: "at", label: "Time", track: "5.5rem", cell: ({ at }) => <span class="muted">{timeOfDay(at)}</span> },
  {
    key: "topic",
    label: "Topic",
    track: "minmax(9rem, 1.2fr)",
    cell: ({ topic }) => <span class="mono">{topic}</span>,
  },
  {
    key: "payload",
    label: "Payload",
    track: "minmax(6rem, 2fr)",
    cell: (event) => (
      <span class="mono">{event.tooLong ? <span class="muted">longer than 64 KiB</span> : payloadLine(event)}</span>
    ),
  },
];

/** Listens to a topic or pattern, and shows its events as they come. */
export function TailPanel(): JSX.Element {
  const { workspace } = useDesk();
  const { log, skipped, state } = workspace.tail;
  const [chosen, setChosen] = useState<TailedEvent>();
  const { phase } = state.value;
  return (
    <div class="tail">
      <TailForm />
      <div class="tail-split" data-chosen={chosen === undefined ? undefined : ""}>
        <DataTable
          label="Events"
          columns={COLUMNS}
          rows={log.entries.value}
          idOf={({ key }) => key}
          onOpen={setChosen}
          empty={<TailEmpty of={state.value} />}
          foot={
            <span role="status">
              {many(log.total.value, "event")}
              {skipped.value > 0 && `, ${count(skipped.value)} more not shown`}
              {log.paused.value && ", paused"}
              {phase === "running" && !log.paused.value && ", listening"}
            </span>
          }
        />
        {chosen !== undefined && <EventPanel of={chosen} onClose={() => setChosen(undefined)} />}
      </div>
    </div>
  );
}

function TailEmpty({ of }: { readonly of: TailState }): JSX.Element {
  if (of.phase === "failed")
    return (
      <State title="The router does not show these events">
        <p>{of.problem}</p>
      </State>
    );
  if (of.phase === "idle")
    return (
      <State title="Nothing is listened to">
        <p>Name a topic, or the beginning of topics with the match policy prefix, and press Start.</p>
      </State>
    );
  return (
    <State title="No event yet">
      <p>Listening to {of.target.topic === "" ? "everything" : of.target.topic}.</p>
    </State>
  );
}

function EventPanel({ of, onClose }: { readonly of: TailedEvent; readonly onClose: () => void }): JSX.Element {
  return (
    <section class="panel event" aria-label="Event">
      <div class="panel-head">
        <h2 class="mono breakable grow">{of.topic}</h2>
        <button type="button" class="button button-quiet" aria-label="Close event" onClick={onClose}>
          ✕
        </button>
      </div>
      <div class="panel-body event-body">
        <p class="muted">
          {dateTime(of.at)}, publication {of.publication}
        </p>
        {of.tooLong ? <p>Its payload is longer than 64 KiB, and is not shown.</p> : <Payload of={of} label="Payload" />}
        <h3>Details</h3>
        <Payload of={{ kwargs: of.details }} label="Details" />
      </div>
    </section>
  );
}
