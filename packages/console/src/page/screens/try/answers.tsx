import type { JSX } from "preact";
import { latency, many } from "../../format/numbers.js";
import { Payload } from "../../parts/payload.js";
import { State } from "../../parts/state.js";
import type { Answer, CallRun } from "../../stores/forwarded-call.js";

/** What a call was answered, the latest first. */
export function Answers({ run }: { readonly run: CallRun | undefined }): JSX.Element {
  if (run === undefined)
    return (
      <div class="panel">
        <State title="No call yet">
          <p>Results appear here, progressive ones as they come.</p>
        </State>
      </div>
    );
  const answers = run.answers.value;
  const progress = answers.filter(({ kind }) => kind === "progress").length;
  return (
    <section class="panel" aria-label="Answers">
      <div class="panel-head" role="status">
        <h2 class="mono breakable">{run.procedure}</h2>
        <span class="muted">
          {run.running.value ? "running…" : `done in ${latency((answers.at(-1)?.after ?? 0) / 1000)}`}
          {progress > 0 && `, ${many(progress, "progressive result")}`}
        </span>
      </div>
      <ol class="panel-body answers">
        {answers.toReversed().map((answer) => (
          <li key={answer.key}>
            <AnswerItem of={answer} />
          </li>
        ))}
      </ol>
    </section>
  );
}

const TONES = { progress: "accent", result: undefined, error: "danger" } as const;

function AnswerItem({ of }: { readonly of: Answer }): JSX.Element {
  const { args = [], kwargs = {} } = of.payload;
  // The text of an error is its first argument, and is there already.
  const hasMore = of.kind !== "error" || args.length > 1 || Object.keys(kwargs).length > 0;
  return (
    <>
      <p>
        <span class="badge" data-tone={TONES[of.kind]}>
          {of.kind}
        </span>{" "}
        <span class="muted">after {latency(of.after / 1000)}</span>
      </p>
      {of.problem !== undefined && <p class="danger breakable">{of.problem}</p>}
      {hasMore && <Payload of={of.payload} label={`${of.kind} ${of.key}, after ${latency(of.after / 1000)}`} />}
    </>
  );
}
