import type { JSX } from "preact";
import { Choice } from "./choice.js";
import { useDesk } from "./context.js";

/** Narrows the list of the screen; what is chosen is in the address. */
export function QueryChoice(props: {
  readonly label: string;
  /** Its name in the address. */
  readonly name: string;
  readonly values: readonly string[];
}): JSX.Element {
  const { navigation } = useDesk();
  const value = navigation.route.value.query[props.name] ?? "";
  // The address may have come from another router.
  const unknown = value === "" || props.values.includes(value) ? [] : [value];
  return (
    <Choice
      label={props.label}
      value={value}
      options={[["", `${props.label}: any`], ...props.values, ...unknown]}
      onChange={(chosen) => navigation.setQuery({ [props.name]: chosen })}
    />
  );
}
