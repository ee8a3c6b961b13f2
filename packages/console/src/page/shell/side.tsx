import type { JSX } from "preact";
import { short } from "../format/numbers.js";
import { type Screen, SCREENS } from "../navigation/route.js";
import { useDesk } from "../parts/context.js";
import { Icon } from "../parts/icon.js";

export const TITLES: Readonly<Record<Screen, string>> = {
  overview: "Overview",
  sessions: "Sessions",
  topics: "Topics",
  procedures: "Procedures",
  try: "Try",
  tail: "Tail",
  log: "Log",
};

/** Screens that do nothing for viewers. */
const FOR_OPERATORS: ReadonlySet<Screen> = new Set(["try", "tail"]);

/** The screens that this user can do something with. */
export function screensFor(isOperator: boolean): readonly Screen[] {
  return SCREENS.filter((screen) => isOperator || !FOR_OPERATORS.has(screen));
}

/** The navigation: each screen with the key that opens it. */
export function Side(): JSX.Element {
  const { navigation, workspace } = useDesk();
  const state = workspace.watch.state.value;
  const unread = workspace.log.unread.value;
  const shown = navigation.route.value.screen;
  return (
    <nav class="side" aria-label="Screens">
      {screensFor(workspace.isOperator).map((screen, index) => (
        <a key={screen} href={navigation.href(screen)} aria-current={screen === shown ? "page" : undefined}>
          <Icon of={screen} />
          <span>{TITLES[screen]}</span>
          {screen === "log" && unread > 0 && screen !== shown && (
            <b class="badge" data-tone="danger">
              {short(unread)}
              <b class="hidden-text"> new</b>
            </b>
          )}
          <kbd aria-hidden="true">{index + 1}</kbd>
        </a>
      ))}
      <p class="side-foot">{state === undefined ? "" : `Kreuz ${state.version}`}</p>
    </nav>
  );
}
