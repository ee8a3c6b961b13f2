import { createContext, type Context } from "preact";
import { useContext } from "preact/hooks";
import type { Keys } from "../keyboard/keys.js";
import type { Navigation } from "../navigation/navigation.js";
import type { Access } from "../stores/access.js";
import type { Notices } from "../stores/notices.js";
import type { Workspace } from "../stores/workspace.js";

/** What lives as long as the page. */
export interface App {
  readonly access: Access;
  readonly navigation: Navigation;
  readonly notices: Notices;
  readonly keys: Keys;
}

/** What lives as long as a login, with the realm that is shown. */
export interface Desk extends App {
  readonly workspace: Workspace;
  readonly realm: string;
}

export const AppContext: Context<App | undefined> = createContext<App | undefined>(undefined);
export const DeskContext: Context<Desk | undefined> = createContext<Desk | undefined>(undefined);

export function useApp(): App {
  return useContext(AppContext)!;
}

/** Only on screens that need a login. */
export function useDesk(): Desk {
  return useContext(DeskContext)!;
}
