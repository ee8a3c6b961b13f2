import type { JSX } from "preact";
import type { Screen } from "../navigation/route.js";
import { Log } from "../screens/log/log.js";
import { Overview } from "../screens/overview/overview.js";
import { EntryScreen } from "../screens/registry/entry.js";
import { Procedures } from "../screens/registry/procedures.js";
import { Topics } from "../screens/registry/topics.js";
import { Sessions } from "../screens/sessions/sessions.js";
import { SessionScreen } from "../screens/sessions/session.js";
import { Tail } from "../screens/tail/tail.js";
import { Try } from "../screens/try/try.js";

/** The screen that the address names. */
export function CurrentScreen({
  screen,
  id,
}: {
  readonly screen: Screen;
  readonly id: number | undefined;
}): JSX.Element {
  switch (screen) {
    case "overview":
      return <Overview />;
    case "sessions":
      return id === undefined ? <Sessions /> : <SessionScreen id={id} />;
    case "topics":
      return id === undefined ? <Topics /> : <EntryScreen screen="topics" id={id} />;
    case "procedures":
      return id === undefined ? <Procedures /> : <EntryScreen screen="procedures" id={id} />;
    case "try":
      return <Try />;
    case "tail":
      return <Tail />;
    case "log":
      return <Log />;
  }
}
