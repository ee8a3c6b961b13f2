import type { JSX } from "preact";
import { keyName } from "../keyboard/key-name.js";
import { useApp } from "../parts/context.js";
import { Dialog } from "../parts/dialog.js";

/** Keys of every table. */
const IN_TABLES: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["↑", "↓", "j", "k"], "Move"],
  [["PgUp", "PgDn", "Home", "End"], "Move far"],
  [["↵"], "Open"],
  [["Space", "x"], "Select, where rows can be selected"],
  [["Shift ↑", "Shift ↓"], "Select several"],
  [["Ctrl A"], "Select everything that is loaded"],
];

/** All keys that do something now. */
export function Help({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { keys } = useApp();
  const seen = new Set<string>();
  const own = keys.bindings.value.filter(({ key }) => !seen.has(key) && seen.add(key));
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {own.map(({ key, label }) => (
          <>
            <dt key={key}>
              <kbd>{keyName(key)}</kbd>
            </dt>
            <dd>{label}</dd>
          </>
        ))}
      </dl>
      <h2>In tables</h2>
      <dl class="keys">
        {IN_TABLES.map(([names, what]) => (
          <>
            <dt key={what}>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={keys.singleKeys.value}
          onChange={(event) => (keys.singleKeys.value = event.currentTarget.checked)}
        />
        Keys without Ctrl work
      </label>
      <div class="dialog-foot">
        <button type="button" class="button" autofocus onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
