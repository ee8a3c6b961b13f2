import { ADMIN, type KillResult } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { problemOf } from "../../api/problem.js";
import { Confirm } from "../../parts/confirm.js";
import { useDesk } from "../../parts/context.js";
import { Field } from "../../parts/field.js";
import { type KillTarget, sessionsText } from "./session-query.js";

const DEFAULT_REASON = "wamp.close.killed";
/** Milliseconds for a kill of very many sessions, which the router does in turns. */
const KILL_TIMEOUT_MS = 120_000;

function unreachableText({ unreachable = [] }: KillResult): string {
  return unreachable.length === 0
    ? ""
    : ` No answer from ${unreachable.join(", ")}: sessions there may be closed or not.`;
}

/** Asks for the reason before sessions are closed, and tells how many there are: the router counts them first. */
export function KillDialog(props: {
  readonly target: KillTarget;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { workspace, realm, notices } = useDesk();
  const [reason, setReason] = useState(DEFAULT_REASON);
  const [message, setMessage] = useState("");
  const [count, setCount] = useState<number>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    workspace.api.ask(ADMIN.kill, [realm], { ...props.target, dryRun: true }).then(
      (result) => setCount(result.count),
      (error) => setProblem(problemOf(error)),
    );
  }, []);
  const kill = async (): Promise<void> => {
    const told = { reason, ...(message !== "" && { message }) };
    const killed = await workspace.api.ask(
      ADMIN.kill,
      [realm],
      { ...props.target, ...told },
      { timeout: KILL_TIMEOUT_MS },
    );
    notices.done(`${sessionsText(killed.count)} closed.${unreachableText(killed)}`);
    props.onDone();
  };
  const action = count === undefined ? "Close sessions" : `Close ${sessionsText(count)}`;
  return (
    <Confirm
      title={count === undefined ? "Counting the sessions…" : `${action}?`}
      action={action}
      disabled={count === undefined || count === 0}
      onConfirm={kill}
      onClose={props.onClose}
    >
      <p>
        {problem ??
          (count === 0
            ? "They have left already; there is nothing to close."
            : "Each gets GOODBYE with this reason. Most clients do not come back after a kill, unless they are told to.")}
      </p>
      <Field label="Reason" help="A URI that clients can test for.">
        <input class="input mono" value={reason} required onInput={(event) => setReason(event.currentTarget.value)} />
      </Field>
      <Field label="Message" help="For people; clients usually log it.">
        <input
          class="input"
          value={message}
          placeholder="maintenance in five minutes"
          onInput={(event) => setMessage(event.currentTarget.value)}
        />
      </Field>
    </Confirm>
  );
}
