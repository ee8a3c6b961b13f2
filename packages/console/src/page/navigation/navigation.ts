import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { formatRoute, parseRoute, type Route, type Screen } from "./route.js";

/** The parts of a window that hold the address. */
export type AddressBar = Pick<Window, "location" | "history" | "addEventListener">;

/** The route in the address: links change it, and so does going back. */
export class Navigation {
  readonly #window: AddressBar;
  readonly #route: Signal<Route>;

  constructor(window: AddressBar) {
    this.#window = window;
    this.#route = signal(parseRoute(window.location.hash));
    window.addEventListener("hashchange", () => (this.#route.value = parseRoute(window.location.hash)));
  }

  get route(): ReadonlySignal<Route> {
    return this.#route;
  }

  /** The address of a screen of the same realm. */
  href(screen: Screen, id?: number, query: Readonly<Record<string, string>> = {}): string {
    return formatRoute({ realm: this.#route.value.realm, screen, id, query });
  }

  /** Opens a screen; going back returns from it. */
  open(screen: Screen, id?: number, query: Readonly<Record<string, string>> = {}): void {
    this.#window.location.hash = this.href(screen, id, query);
  }

  /** Shows the same screen of another realm, or its list if it showed one entry. */
  openRealm(realm: string): void {
    const { screen } = this.#route.value;
    this.#window.location.hash = formatRoute({ realm, screen, id: undefined, query: {} });
  }

  /** Changes settings of the screen in place: going back does not undo them. Empty ones leave the address. */
  setQuery(changes: Readonly<Record<string, string | undefined>>): void {
    const { query, ...rest } = this.#route.value;
    const merged = Object.entries({ ...query, ...changes }).filter(([, value]) => value !== undefined && value !== "");
    const route = { ...rest, query: Object.fromEntries(merged) as Record<string, string> };
    this.#window.history.replaceState(null, "", formatRoute(route));
    this.#route.value = route;
  }
}
