import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { typedArgs, typedKwargs } from "../../format/arguments.js";
import { useDesk } from "../../parts/context.js";
import { Field } from "../../parts/field.js";
import { CallRun } from "../../stores/forwarded-call.js";
import { Answers } from "./answers.js";
import { PayloadFields, submitByKeys } from "./payload-fields.js";

/** Calls a procedure: its results as they come, and a way to cancel it. */
export function CallTab(): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const [procedure, setProcedure] = useState(navigation.route.value.query["uri"] ?? "");
  const [payload, setPayload] = useState({ args: "", kwargs: "" });
  const [timeout, setTimeoutMs] = useState("");
  const [disclose, setDisclose] = useState(false);
  const [args, kwargs] = [typedArgs(payload.args), typedKwargs(payload.kwargs)];
  const run = workspace.call.value;
  const running = run?.running.value === true;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (running || "problem" in args || "problem" in kwargs) return;
    const options = { ...(timeout !== "" && { timeout: Number(timeout) }), ...(disclose && { disclose_me: true }) };
    const call = { args: args.value, kwargs: kwargs.value, options };
    workspace.call.value = new CallRun(workspace.api, realm, procedure, call, () => performance.now());
  };
  return (
    <>
      <form class="panel panel-body try-form" onSubmit={submit} onKeyDown={submitByKeys}>
        <Field label="Procedure">
          <input
            class="input mono"
            value={procedure}
            required
            spellcheck={false}
            placeholder="com.example.add"
            onInput={(event) => setProcedure(event.currentTarget.value)}
          />
        </Field>
        <PayloadFields value={payload} args={args} kwargs={kwargs} onChange={setPayload} />
        <Field label="Time-out" help="Milliseconds; empty: none of its own.">
          <input
            class="input"
            type="number"
            min="1"
            value={timeout}
            onInput={(event) => setTimeoutMs(event.currentTarget.value)}
          />
        </Field>
        <label class="check">
          <input type="checkbox" checked={disclose} onChange={(event) => setDisclose(event.currentTarget.checked)} />
          Tell the callee who calls
        </label>
        <div class="bar">
          <button type="submit" class="button button-main" disabled={running}>
            Call
          </button>
          <button type="button" class="button" disabled={!running} onClick={() => run?.cancel()}>
            Cancel
          </button>
          <span class="muted">
            <kbd>Ctrl</kbd> <kbd>↵</kbd>
          </span>
        </div>
      </form>
      <Answers run={run} />
    </>
  );
}
