import type { JSX } from "preact";
import type { Screen } from "../navigation/route.js";

/** Lines on a grid of 16 by 16. */
const PATHS: Readonly<Record<Screen, string>> = {
  overview: "M2 13h12M4 13V8M8 13V3M12 13V6",
  sessions:
    "M6 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 14c0-2.8 2-4.5 4.5-4.5s4.5 1.7 4.5 4.5M11 2.5a2.5 2.5 0 0 1 0 4.5M12.5 10c1.3.7 2 2 2 4",
  topics: "M8 8h.01M5.2 5.2a4 4 0 0 0 0 5.6M10.8 5.2a4 4 0 0 1 0 5.6M3 3a7 7 0 0 0 0 10M13 3a7 7 0 0 1 0 10",
  procedures: "M5 3 2 8l3 5M11 3l3 5-3 5M9.3 3 6.7 13",
  try: "M4 2.5 13 8l-9 5.5z",
  tail: "M2 4h12M2 8h8M2 12h5M13 9v5M11 12l2 2 2-2",
  log: "M3 2h10v12H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
};

export function Icon(props: { readonly of: Screen }): JSX.Element {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" class="icon">
      <path
        d={PATHS[props.of]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
