import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useDesk } from "./context.js";
import { useKeys } from "./hooks.js";

/** Milliseconds without a key until what was typed is searched for. */
const QUIET_MS = 150;

/** Searches the list of the screen; what is searched for is in the address. The key `/` leads here, Escape empties it. */
export function SearchField(props: {
  readonly label: string;
  readonly placeholder: string;
  /** Its name in the address. Default `text`. */
  readonly name?: string;
}): JSX.Element {
  const { navigation } = useDesk();
  const { name = "text" } = props;
  const input = useRef<HTMLInputElement>(null);
  const shown = navigation.route.value.query[name] ?? "";
  const [typed, setTyped] = useState(shown);
  useKeys([{ key: "/", label: props.label, run: () => input.current?.focus() }]);
  useEffect(() => setTyped(shown), [shown]);
  useEffect(() => {
    if (typed === shown) return undefined;
    const timer = setTimeout(() => navigation.setQuery({ [name]: typed }), QUIET_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <input
      ref={input}
      type="search"
      class="input search"
      aria-label={props.label}
      placeholder={props.placeholder}
      value={typed}
      spellcheck={false}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        setTyped("");
        event.currentTarget.blur();
      }}
    />
  );
}
