import { ADMIN } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { problemOf } from "../../api/problem.js";
import { typedArgs, typedKwargs } from "../../format/arguments.js";
import { timeOfDay } from "../../format/times.js";
import { useDesk } from "../../parts/context.js";
import { Field } from "../../parts/field.js";
import { State } from "../../parts/state.js";
import { PayloadFields, submitByKeys } from "./payload-fields.js";

/** Publications that are listed. */
const KEPT = 50;

interface Sent {
  readonly at: number;
  readonly topic: string;
  readonly publication?: number;
  readonly problem?: string;
}

/** Publishes events, acknowledged by the router. */
export function PublishTab(): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const [topic, setTopic] = useState(navigation.route.value.query["uri"] ?? "");
  const [payload, setPayload] = useState({ args: "", kwargs: "" });
  const [retain, setRetain] = useState(false);
  const [sent, setSent] = useState<readonly Sent[]>([]);
  const [args, kwargs] = [typedArgs(payload.args), typedKwargs(payload.kwargs)];
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if ("problem" in args || "problem" in kwargs) return;
    const publication = { args: args.value, kwargs: kwargs.value, options: retain ? { retain: true } : {} };
    const at = Date.now();
    const outcome = await workspace.api.ask(ADMIN.publish, [realm, topic], publication).then(
      ({ publication }) => ({ publication }),
      (error: unknown) => ({ problem: problemOf(error) }),
    );
    setSent((before) => [{ at, topic, ...outcome }, ...before].slice(0, KEPT));
  };
  return (
    <>
      <form class="panel panel-body try-form" onSubmit={(event) => void submit(event)} onKeyDown={submitByKeys}>
        <Field label="Topic">
          <input
            class="input mono"
            value={topic}
            required
            spellcheck={false}
            placeholder="com.example.news"
            onInput={(event) => setTopic(event.currentTarget.value)}
          />
        </Field>
        <PayloadFields value={payload} args={args} kwargs={kwargs} onChange={setPayload} />
        <label class="check">
          <input type="checkbox" checked={retain} onChange={(event) => setRetain(event.currentTarget.checked)} />
          Retain for later subscribers
        </label>
        <div class="bar">
          <button type="submit" class="button button-main">
            Publish
          </button>
          <span class="muted">
            <kbd>Ctrl</kbd> <kbd>↵</kbd>
          </span>
        </div>
      </form>
      <Publications of={sent} />
    </>
  );
}

function Publications({ of }: { readonly of: readonly Sent[] }): JSX.Element {
  return (
    <section class="panel" aria-label="Publications">
      {of.length === 0 ? (
        <State title="Nothing published yet">
          <p>Publications appear here with the ids that the router gave them.</p>
        </State>
      ) : (
        <ol class="panel-body answers" aria-live="polite">
          {of.map(({ at, topic, publication, problem }, index) => (
            <li key={of.length - index}>
              <span class="muted">{timeOfDay(at)}</span> <span class="mono breakable">{topic}</span>{" "}
              {problem === undefined ? (
                <span class="muted">publication {publication}</span>
              ) : (
                <span class="danger breakable">{problem}</span>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
