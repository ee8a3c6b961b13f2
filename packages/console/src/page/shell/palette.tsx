import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { keyName } from "../keyboard/key-name.js";
import { useDesk } from "../parts/context.js";
import { Dialog } from "../parts/dialog.js";
import { commandsFor, matching, type Command } from "./commands.js";

/** Everything that can be done, found by a few letters. */
export function Palette({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const desk = useDesk();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const found = matching(commandsFor(desk), text, desk);
  const current = Math.min(active, found.length - 1);
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    // After the dialog has given back the focus.
    setTimeout(command.run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setActive(Math.min(found.length - 1, current + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, current - 1));
    else if (event.key === "Enter") run(found[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Commands" class="palette" quiet onClose={onClose}>
      <input
        class="input"
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={current < 0 ? undefined : `${id}-${current}`}
        placeholder="A screen, a realm, a session, a command"
        autofocus
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={id} role="listbox" aria-label="Commands">
        {found.map((command, index) => (
          <li
            key={command.label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            onClick={() => run(command)}
          >
            {command.label}
            {command.key !== undefined && <kbd>{keyName(command.key)}</kbd>}
          </li>
        ))}
        {found.length === 0 && (
          <li role="option" aria-selected="false" class="muted">
            Nothing is called so
          </li>
        )}
      </ul>
    </Dialog>
  );
}
