import type { Figure } from "./figures.js";
import { identify, label, type Role } from "./labels.js";

/** One bar. */
export interface Bar {
  readonly value: number;
  readonly printed: string;
}

/** What one server has in a panel: its bar, and another one for two cores. */
export interface Row extends Bar {
  readonly label: string;
  readonly role: Role;
  /** Whether `value` is of two cores, for want of one of a single core. */
  readonly twoCores: boolean;
  readonly onTwoCores?: Bar;
}

/** The rows of a panel, best first. */
export function rowsOf({ values, better, print }: Figure): Row[] {
  const rows: Row[] = [];
  for (const [name, value] of values) {
    const { base, role, twoCores } = identify(name);
    const bar = { value, printed: print(value) };
    if (!twoCores) {
      const second = values.get(`${base} (2 cores)`);
      const onTwoCores = second === undefined ? {} : { onTwoCores: { value: second, printed: print(second) } };
      rows.push({ ...bar, label: label(base), role, twoCores, ...onTwoCores });
    } else if (!values.has(base)) rows.push({ ...bar, label: `${label(base)}, 2 cores`, role, twoCores });
  }
  return rows.toSorted((a, b) => (better === "more" ? b.value - a.value : a.value - b.value));
}
