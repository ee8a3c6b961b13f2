import type { Desk } from "../parts/context.js";
import { screensFor, TITLES } from "./side.js";

/** Something that can be chosen in the palette. */
export interface Command {
  readonly label: string;
  readonly key?: string;
  readonly run: () => void;
}

/** Commands that are shown at once. */
const SHOWN = 30;

/** Screens, realms, and what the keys of the current screen do. */
export function commandsFor({ keys, navigation, workspace, access, realm }: Desk): readonly Command[] {
  const screens = screensFor(workspace.isOperator);
  const realms = workspace.watch.state.value?.realms ?? [];
  const labels = new Set<string>();
  return [
    ...screens.map((screen, index) => ({
      label: `Go to ${TITLES[screen]}`,
      key: String(index + 1),
      run: () => navigation.open(screen),
    })),
    ...realms
      .filter(({ name }) => name !== realm)
      .map(({ name }) => ({ label: `Switch to realm ${name}`, run: () => navigation.openRealm(name) })),
    ...keys.bindings.value.filter(({ key }) => !/^(\d|Escape|Ctrl\+k)$/.test(key)),
    {
      label: "Show slow sessions",
      run: () => navigation.open("sessions", undefined, { slow: "1", sort: "buffered", desc: "1" }),
    },
    { label: "Log out", run: () => void access.signOut() },
  ].filter(({ label }) => !labels.has(label) && labels.add(label));
}

/** Those commands whose label has all words of a text, and a search for the text. */
export function matching(commands: readonly Command[], text: string, { navigation }: Desk): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
  if (words.length === 0) return found.slice(0, SHOWN);
  const searches = (["sessions", "topics", "procedures"] as const).map((screen) => ({
    label: `Search ${screen} for “${text.trim()}”`,
    run: () => navigation.open(screen, undefined, { text: text.trim() }),
  }));
  return [...found, ...searches].slice(0, SHOWN);
}
