import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useDesk } from "../../parts/context.js";
import { Field } from "../../parts/field.js";
import { CallRun } from "../../stores/forwarded-call.js";
import { Answers } from "./answers.js";
import { type Tried, TryForm } from "./try-form.js";

/** Calls a procedure: its results as they come, and a way to cancel it. */
export function CallTab(): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const [typing, setTyping] = useState({ uri: navigation.route.value.query["uri"] ?? "", args: "", kwargs: "" });
  const [timeout, setTimeoutMs] = useState("");
  const [disclose, setDisclose] = useState(false);
  const run = workspace.call.value;
  const running = run?.running.value === true;
  const call = ({ uri, args, kwargs }: Tried): void => {
    const options = { ...(timeout !== "" && { timeout: Number(timeout) }), ...(disclose && { disclose_me: true }) };
    workspace.call.value = new CallRun(workspace.api, realm, uri, { args, kwargs, options }, () => performance.now());
  };
  return (
    <>
      <TryForm
        label="Procedure"
        placeholder="com.example.add"
        action="Call"
        disabled={running}
        value={typing}
        onChange={setTyping}
        onSubmit={call}
        buttons={
          <button type="button" class="button" disabled={!running} onClick={() => run?.cancel()}>
            Cancel
          </button>
        }
      >
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
      </TryForm>
      <Answers run={run} />
    </>
  );
}
