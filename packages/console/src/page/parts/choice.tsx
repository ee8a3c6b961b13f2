import type { JSX } from "preact";

/** One of a few values, chosen from a menu. */
export function Choice<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  /** A value with its name, or a value that is its own name. */
  readonly options: readonly (Value | readonly [value: Value, name: string])[];
  readonly disabled?: boolean;
  readonly onChange: (value: Value) => void;
}): JSX.Element {
  return (
    <select
      class="input"
      aria-label={props.label}
      disabled={props.disabled}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value as Value)}
    >
      {props.options.map((option) => {
        const [value, name] = typeof option === "string" ? [option, option] : option;
        return (
          <option key={value} value={value}>
            {name}
          </option>
        );
      })}
    </select>
  );
}
