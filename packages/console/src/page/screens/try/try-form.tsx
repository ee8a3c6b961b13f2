import type { ComponentChildren, JSX } from "preact";
import { type Typed, typedArgs, typedKwargs } from "../../format/arguments.js";
import { Field } from "../../parts/field.js";

/** What is typed into a form. */
export interface Typing {
  readonly uri: string;
  readonly args: string;
  readonly kwargs: string;
}

/** What that means. */
export interface Tried {
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A URI, its arguments, and a button that sends them; fields say what is wrong while somebody types. Ctrl+Enter sends, too. */
export function TryForm(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly action: string;
  readonly disabled?: boolean;
  readonly value: Typing;
  readonly onChange: (value: Typing) => void;
  readonly onSubmit: (tried: Tried) => void;
  /** Beside the button. */
  readonly buttons?: ComponentChildren;
  /** Options, below the arguments. */
  readonly children: ComponentChildren;
}): JSX.Element {
  const { value, onChange, disabled = false } = props;
  const [args, kwargs] = [typedArgs(value.args), typedKwargs(value.kwargs)];
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!disabled && !("problem" in args || "problem" in kwargs))
      props.onSubmit({ uri: value.uri, args: args.value, kwargs: kwargs.value });
  };
  return (
    <form class="panel panel-body try-form" onSubmit={submit} onKeyDown={submitByKeys}>
      <Field label={props.label}>
        <input
          class="input mono"
          value={value.uri}
          required
          spellcheck={false}
          placeholder={props.placeholder}
          onInput={(event) => onChange({ ...value, uri: event.currentTarget.value })}
        />
      </Field>
      <JsonField
        label="Arguments"
        help="A JSON list; one value alone is a list of one."
        placeholder="[2, 3]"
        rows={3}
        value={value.args}
        typed={args}
        onChange={(text) => onChange({ ...value, args: text })}
      />
      <JsonField
        label="Keyword arguments"
        help="A JSON object."
        placeholder='{"currency": "EUR"}'
        rows={2}
        value={value.kwargs}
        typed={kwargs}
        onChange={(text) => onChange({ ...value, kwargs: text })}
      />
      {props.children}
      <div class="bar">
        <button type="submit" class="button button-main" disabled={disabled}>
          {props.action}
        </button>
        {props.buttons}
        <Shortcut />
      </div>
    </form>
  );
}

function Shortcut(): JSX.Element {
  return (
    <span class="muted">
      <kbd>Ctrl</kbd> <kbd>↵</kbd>
    </span>
  );
}

function JsonField(props: {
  readonly label: string;
  readonly help: string;
  readonly placeholder: string;
  readonly rows: number;
  readonly value: string;
  readonly typed: Typed<unknown>;
  readonly onChange: (text: string) => void;
}): JSX.Element {
  const { label, help, placeholder, rows, value, typed } = props;
  return (
    <Field label={label} help={help} problem={"problem" in typed ? typed.problem : undefined}>
      <textarea
        class="input"
        rows={rows}
        spellcheck={false}
        placeholder={placeholder}
        value={value}
        onInput={(event) => props.onChange(event.currentTarget.value)}
      />
    </Field>
  );
}

/** Ctrl+Enter, or Cmd+Enter, sends a form from any of its fields. */
function submitByKeys(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  (event.currentTarget as HTMLFormElement).requestSubmit();
}
