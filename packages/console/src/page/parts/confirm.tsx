import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { problemOf } from "../api/problem.js";
import { Dialog } from "./dialog.js";

/** Asks before something is done that cannot be undone. Closes when it is done; says why when it fails. */
export function Confirm(props: {
  readonly title: string;
  /** On the button, such as `Close 3 sessions`. */
  readonly action: string;
  readonly disabled?: boolean;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {props.children}
        <p class="field-help" data-problem="" role="alert">
          {problem}
        </p>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button button-danger" disabled={busy || props.disabled === true}>
            {props.action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
