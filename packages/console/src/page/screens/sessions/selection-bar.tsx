import type { JSX } from "preact";
import { count } from "../../format/numbers.js";
import type { Selection } from "../../stores/selection.js";
import { sessionsText } from "./session-query.js";

/** What is selected, and what to do with it. */
export function SelectionBar(props: {
  readonly selection: Selection;
  readonly matched: number;
  readonly onKill: () => void;
}): JSX.Element {
  const { selection, matched } = props;
  const everything = selection.everything.value;
  const selected = everything ? matched : selection.ids.value.size;
  const isEmpty = selection.isEmpty.value;
  return (
    <span class="bar">
      {!isEmpty && <span>{sessionsText(selected)} selected</span>}
      {!everything && matched > 0 && (
        <button type="button" class="button button-quiet" onClick={() => selection.selectEverything()}>
          Select all {count(matched)}
        </button>
      )}
      {!isEmpty && (
        <button type="button" class="button button-quiet" onClick={() => selection.clear()}>
          None
        </button>
      )}
      <button type="button" class="button button-danger" disabled={isEmpty} onClick={props.onKill}>
        Close…
      </button>
    </span>
  );
}
