import { ADMIN } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { problemOf } from "../../api/problem.js";
import { timeOfDay } from "../../format/times.js";
import { useDesk } from "../../parts/context.js";
import { State } from "../../parts/state.js";
import { type Tried, TryForm } from "./try-form.js";

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
  const [typing, setTyping] = useState({ uri: navigation.route.value.query["uri"] ?? "", args: "", kwargs: "" });
  const [retain, setRetain] = useState(false);
  const [sent, setSent] = useState<readonly Sent[]>([]);
  const publish = async ({ uri, args, kwargs }: Tried): Promise<void> => {
    const publication = { args, kwargs, options: retain ? { retain: true } : {} };
    const at = Date.now();
    const outcome = await workspace.api.ask(ADMIN.publish, [realm, uri], publication).then(
      ({ publication }) => ({ publication }),
      (error: unknown) => ({ problem: problemOf(error) }),
    );
    setSent((before) => [{ at, topic: uri, ...outcome }, ...before].slice(0, KEPT));
  };
  return (
    <>
      <TryForm
        label="Topic"
        placeholder="com.example.news"
        action="Publish"
        value={typing}
        onChange={setTyping}
        onSubmit={(tried) => void publish(tried)}
      >
        <label class="check">
          <input type="checkbox" checked={retain} onChange={(event) => setRetain(event.currentTarget.checked)} />
          Retain for later subscribers
        </label>
      </TryForm>
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
