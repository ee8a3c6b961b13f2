/** The screens of a realm, in the order of the navigation. */
export const SCREENS = ["overview", "sessions", "topics", "procedures", "try", "tail", "log"] as const;
export type Screen = (typeof SCREENS)[number];

/** What the page shows, as its address says: `#/<realm>/<screen>/<id>?<query>`. */
export interface Route {
  /** Absent: the first realm. */
  readonly realm: string | undefined;
  readonly screen: Screen;
  /** One entry of the screen's list, such as a session. */
  readonly id: number | undefined;
  readonly query: Readonly<Record<string, string>>;
}

/** Reads a fragment. What it does not know becomes the overview. */
export function parseRoute(fragment: string): Route {
  const [path = "", search = ""] = fragment.replace(/^#/, "").split("?", 2);
  const [, realm = "", screen = "", id = ""] = path.split("/").map(decode);
  return {
    realm: realm === "" ? undefined : realm,
    screen: SCREENS.find((each) => each === screen) ?? "overview",
    id: /^\d{1,16}$/.test(id) ? Number(id) : undefined,
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** Writes a fragment that {@link parseRoute} reads. */
export function formatRoute({ realm, screen, id, query }: Route): string {
  const path = [realm ?? "", screen, ...(id === undefined ? [] : [String(id)])].map(encodeURIComponent).join("/");
  const search = new URLSearchParams(query).toString();
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
