import type { JSX } from "preact";
import { Field } from "../../parts/field.js";
import type { Typed } from "../../format/arguments.js";

/** What is typed as arguments. */
export interface TypedPayload {
  readonly args: string;
  readonly kwargs: string;
}

/** Fields for positional and keyword arguments, which say what is wrong while somebody types. */
export function PayloadFields(props: {
  readonly value: TypedPayload;
  readonly args: Typed<unknown>;
  readonly kwargs: Typed<unknown>;
  readonly onChange: (value: TypedPayload) => void;
}): JSX.Element {
  const { value, onChange } = props;
  return (
    <>
      <Field label="Arguments" help="A JSON list; one value alone is a list of one." problem={problemIn(props.args)}>
        <textarea
          class="input"
          rows={3}
          spellcheck={false}
          placeholder="[2, 3]"
          value={value.args}
          onInput={(event) => onChange({ ...value, args: event.currentTarget.value })}
        />
      </Field>
      <Field label="Keyword arguments" help="A JSON object." problem={problemIn(props.kwargs)}>
        <textarea
          class="input"
          rows={2}
          spellcheck={false}
          placeholder='{"currency": "EUR"}'
          value={value.kwargs}
          onInput={(event) => onChange({ ...value, kwargs: event.currentTarget.value })}
        />
      </Field>
    </>
  );
}

function problemIn(typed: Typed<unknown>): string | undefined {
  return "problem" in typed ? typed.problem : undefined;
}

/** Ctrl+Enter, or Cmd+Enter, sends a form from any of its fields. */
export function submitByKeys(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  (event.currentTarget as HTMLFormElement).requestSubmit();
}
