import {
  ADMIN,
  type CalleeMember,
  type Member,
  type RegistrationDetails,
  type SubscriptionDetails,
} from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { count, many } from "../../format/numbers.js";
import { dateTime, duration } from "../../format/times.js";
import { Confirm } from "../../parts/confirm.js";
import { useDesk } from "../../parts/context.js";
import { Facts } from "../../parts/facts.js";
import { useKeys, useNow } from "../../parts/hooks.js";
import { Panel } from "../../parts/panel.js";
import { usePolled } from "../../parts/polled.js";
import { PlainTable } from "../../parts/plain-table.js";
import { State } from "../../parts/state.js";
import { MatchBadge } from "./uri-columns.js";

type Details = SubscriptionDetails | RegistrationDetails;

/** One topic or procedure, and who is on it. */
export function EntryScreen({
  screen,
  id,
}: {
  readonly screen: "topics" | "procedures";
  readonly id: number;
}): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const asked = usePolled<Details>(`${realm} ${screen} ${id}`, () =>
    workspace.api.ask(screen === "topics" ? ADMIN.getSubscription : ADMIN.getRegistration, [realm, id]),
  );
  const { value: details, problem } = asked;
  const title = screen === "topics" ? "Topics" : "Procedures";
  useKeys([{ key: "Escape", label: `Back to the ${screen}`, run: () => navigation.open(screen) }]);
  const uri = details?.uri === "" ? "(everything)" : details?.uri;
  return (
    <div class="screen">
      <div class="screen-head">
        <a href={navigation.href(screen)}>{title}</a>
        <span class="muted" aria-hidden="true">
          /
        </span>
        <h1 class="mono breakable">{uri ?? id}</h1>
        {details !== undefined && <MatchBadge match={details.match} />}
        <span class="grow" />
        {workspace.isOperator && details !== undefined && <Uses details={details} />}
      </div>
      {problem !== undefined && (
        <State title={details === undefined ? "It is not there" : "It is gone"}>
          <p>{problem}</p>
          <a href={navigation.href(screen)}>All {screen}</a>
        </State>
      )}
      {details !== undefined && <EntryPanels of={details} onRemoved={() => void asked.reload()} />}
    </div>
  );
}

/** What an operator can do with it. */
function Uses({ details }: { readonly details: Details }): JSX.Element {
  const { navigation } = useDesk();
  const { uri, match } = details;
  if (isProcedure(details))
    return (
      <a class="button" href={navigation.href("try", undefined, { do: "call", uri })}>
        Call…
      </a>
    );
  return (
    <span class="bar">
      <a class="button" href={navigation.href("tail", undefined, { topic: uri, match })}>
        Tail…
      </a>
      {match === "exact" && (
        <a class="button" href={navigation.href("try", undefined, { do: "publish", uri })}>
          Publish…
        </a>
      )}
    </span>
  );
}

function EntryPanels({ of, onRemoved }: { readonly of: Details; readonly onRemoved: () => void }): JSX.Element {
  const now = useNow();
  const own = isProcedure(of)
    ? ([
        ["Callees", of.builtIn ? "the router itself" : count(of.callees)],
        ["Invoke", of.invoke],
        ["They work on", many(of.pendingCalls, "call")],
      ] as const)
    : ([["Subscribers", count(of.subscribers)]] as const);
  return (
    <div class="panels">
      <Panel title={isProcedure(of) ? "Procedure" : "Topic"}>
        <Facts
          of={[
            ...own,
            ["Exists since", `${dateTime(of.created)}, ${duration(now - of.created)} ago`],
            ["Id", <span class="mono">{of.id}</span>],
          ]}
        />
      </Panel>
      <Members of={of} onRemoved={onRemoved} />
    </div>
  );
}

function Members({ of, onRemoved }: { readonly of: Details; readonly onRemoved: () => void }): JSX.Element {
  const { workspace, navigation } = useDesk();
  const [removing, setRemoving] = useState<Member>();
  const canRemove = workspace.isOperator && !(isProcedure(of) && of.builtIn);
  const members: readonly (Member | CalleeMember)[] = of.members.items;
  const clustered = workspace.watch.isClustered;
  const heads = [
    "Session",
    "Role",
    ...(clustered ? ["Node"] : []),
    ...(isProcedure(of) ? ["Calls"] : []),
    ...(canRemove ? ["Remove"] : []),
  ];
  return (
    <Panel
      title={isProcedure(of) ? "Callees" : "Subscribers"}
      aside={<span class="muted">{count(of.members.total)}</span>}
    >
      <PlainTable
        heads={heads}
        texts={clustered ? 3 : 2}
        rows={members.map((member) => [
          member.authmethod === "local" ? (
            <>
              {member.authid} <span class="badge">inside the router</span>
            </>
          ) : (
            <a href={navigation.href("sessions", member.session)}>{member.authid}</a>
          ),
          member.authrole,
          ...(clustered ? [member.node ?? ""] : []),
          ...("pendingCalls" in member ? [count(member.pendingCalls)] : []),
          ...(canRemove
            ? [
                <button
                  type="button"
                  class="button button-quiet"
                  aria-label={`Remove ${member.authid}`}
                  onClick={() => setRemoving(member)}
                >
                  Remove…
                </button>,
              ]
            : []),
        ])}
      />
      {members.length < of.members.total && <p class="muted">The first {count(members.length)} of them.</p>}
      {of.unreachable !== undefined && (
        <p class="warn">Without those of nodes that did not answer: {of.unreachable.join(", ")}.</p>
      )}
      {removing !== undefined && (
        <RemoveDialog of={of} member={removing} onDone={onRemoved} onClose={() => setRemoving(undefined)} />
      )}
    </Panel>
  );
}

function RemoveDialog(props: {
  readonly of: Details;
  readonly member: Member;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { workspace, realm, notices } = useDesk();
  const { of, member } = props;
  const kind = isProcedure(of) ? "registration" : "subscription";
  return (
    <Confirm
      title={`Remove the ${kind} of ${member.authid}?`}
      action={`Remove 1 ${kind}`}
      onClose={props.onClose}
      onConfirm={async () => {
        await workspace.api.ask(ADMIN.remove, [realm, of.id, member.session], { kind });
        notices.done(`The ${kind} of ${member.authid} was removed.`);
        props.onDone();
      }}
    >
      <p>
        The session goes on without <span class="mono breakable">{of.uri}</span>, and is told so. It may{" "}
        {isProcedure(of) ? "register" : "subscribe"} again.
      </p>
    </Confirm>
  );
}

function isProcedure(details: Details): details is RegistrationDetails {
  return "callees" in details;
}
