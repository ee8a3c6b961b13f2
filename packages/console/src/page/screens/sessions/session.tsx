import { ADMIN, type Excerpt, type HeldEntry, type SessionDetails } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytes, count, many } from "../../format/numbers.js";
import { dateTime, duration } from "../../format/times.js";
import { useDesk } from "../../parts/context.js";
import { Facts } from "../../parts/facts.js";
import { useKeys, useNow } from "../../parts/hooks.js";
import { Panel } from "../../parts/panel.js";
import { usePolled } from "../../parts/polled.js";
import { State } from "../../parts/state.js";
import type { Screen } from "../../navigation/route.js";
import { KillDialog } from "./kill-dialog.js";

/** One session: who it is, what it does, and what it holds. */
export function SessionScreen({ id }: { readonly id: number }): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const asked = usePolled(`${realm} ${id}`, () => workspace.api.ask(ADMIN.getSession, [realm, id]));
  const { value: details, problem } = asked;
  const [killing, setKilling] = useState(false);
  const kill = (): void => setKilling(workspace.isOperator);
  useKeys([
    { key: "Escape", label: "Back to the sessions", run: () => navigation.open("sessions") },
    ...(workspace.isOperator ? [{ key: "Delete", label: "Close this session", run: kill }] : []),
  ]);
  return (
    <div class="screen">
      <div class="screen-head">
        <a href={navigation.href("sessions")}>Sessions</a>
        <span class="muted" aria-hidden="true">
          /
        </span>
        <h1>{details?.authid ?? `Session ${id}`}</h1>
        {details !== undefined && <span class="badge">{details.authrole}</span>}
        {details?.slow && (
          <span class="badge" data-tone="danger">
            reads too slowly
          </span>
        )}
        <span class="grow" />
        {workspace.isOperator && (
          <button type="button" class="button button-danger" disabled={problem !== undefined} onClick={kill}>
            Close…
          </button>
        )}
      </div>
      {problem !== undefined && (
        <State title={details === undefined ? "This session is not there" : "This session has ended"}>
          <p>{problem}</p>
          <a href={navigation.href("sessions")}>All sessions</a>
        </State>
      )}
      {details !== undefined && <SessionPanels of={details} />}
      {killing && (
        <KillDialog target={{ sessions: [id] }} onDone={() => void asked.reload()} onClose={() => setKilling(false)} />
      )}
    </div>
  );
}

function SessionPanels({ of }: { readonly of: SessionDetails }): JSX.Element {
  const now = useNow();
  return (
    <div class="panels">
      <Panel title="Who">
        <Facts
          of={[
            ["Session", <span class="mono">{of.session}</span>],
            ["Authid", of.authid],
            ["Role", of.authrole],
            ["Logged in by", `${of.authmethod}, ${of.authprovider}`],
            ...(of.node === undefined ? [] : [["Node", of.node] as const]),
            ["Peer", <span class="mono">{of.peer ?? "on this machine"}</span>],
            ["Transport", `${of.transport}, ${of.protocol}${of.tls ? ", TLS" : ""}`],
          ]}
        />
      </Panel>
      <Panel title="What it does">
        <Facts
          of={[
            ["Joined", `${dateTime(of.joined)}, ${duration(now - of.joined)} ago`],
            ["Last message", `${duration(now - of.active)} ago`],
            ["Received", `${many(of.messagesIn, "message")}, ${bytes(of.bytesIn)}`],
            ["Sent", `${many(of.messagesOut, "message")}, ${bytes(of.bytesOut)}`],
            ["Waits for", many(of.pendingCalls, "call")],
            ["Buffered for it", <span class={of.slow ? "danger" : undefined}>{bytes(of.bufferedBytes)}</span>],
            [
              "Events dropped",
              <span class={of.eventsDropped > 0 ? "warn" : undefined}>{count(of.eventsDropped)}</span>,
            ],
          ]}
        />
      </Panel>
      <Held title="Subscriptions" screen="topics" of={of.subscriptions} none="It subscribes to nothing." />
      <Held title="Procedures" screen="procedures" of={of.registrations} none="It has registered nothing." />
    </div>
  );
}

function Held(props: {
  readonly title: string;
  readonly screen: Screen;
  readonly of: Excerpt<HeldEntry>;
  readonly none: string;
}): JSX.Element {
  const { navigation } = useDesk();
  const { items, total } = props.of;
  return (
    <Panel title={props.title} aside={<span class="muted">{count(total)}</span>}>
      {total === 0 && <p class="muted">{props.none}</p>}
      <ul class="held">
        {items.map(({ id, uri, match }) => (
          <li key={id}>
            <a class="mono" href={navigation.href(props.screen, id)}>
              {uri}
            </a>{" "}
            {match !== "exact" && <span class="badge">{match}</span>}
          </li>
        ))}
      </ul>
      {items.length < total && <p class="muted">The first {count(items.length)} of them.</p>}
    </Panel>
  );
}
