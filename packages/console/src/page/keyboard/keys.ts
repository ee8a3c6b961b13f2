import { signal, type ReadonlySignal, type Signal } from "@preact/signals";

/** What a key does. */
export interface KeyBinding {
  /** As `KeyboardEvent.key`, such as `/`, `?`, `Delete`; `Ctrl+k` also stands for Cmd+K. */
  readonly key: string;
  readonly label: string;
  readonly run: () => void;
}

/** The keys of the page. Those that were added last win; they are off while somebody types or a dialog is open. */
export class Keys {
  readonly #bindings: Signal<readonly KeyBinding[]> = signal([]);
  /** Whether keys without Ctrl work: speech input can set them off by accident. */
  readonly singleKeys: Signal<boolean> = signal(true);

  get bindings(): ReadonlySignal<readonly KeyBinding[]> {
    return this.#bindings;
  }

  /** @returns a function that takes them away again. */
  add(bindings: readonly KeyBinding[]): () => void {
    this.#bindings.value = [...bindings, ...this.#bindings.value];
    return () => {
      this.#bindings.value = this.#bindings.value.filter((each) => !bindings.includes(each));
    };
  }

  /** Handles a key; returns whether it did something. */
  press(event: KeyboardEvent): boolean {
    const withControl = event.ctrlKey || event.metaKey;
    if (event.altKey || event.isComposing) return false;
    if (!withControl && (!this.singleKeys.value || isTyping(event.target))) return false;
    if (isInDialog(event.target)) return false;
    const name = withControl ? `Ctrl+${event.key.toLowerCase()}` : event.key;
    const binding = this.#bindings.value.find(({ key }) => key === name);
    if (binding === undefined) return false;
    event.preventDefault();
    binding.run();
    return true;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("dialog") !== null;
}
