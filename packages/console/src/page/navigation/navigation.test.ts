import { describe, expect, it } from "vitest";
import { Navigation, type AddressBar } from "./navigation.js";
import { formatRoute, parseRoute } from "./route.js";

describe("routes", () => {
  it.each(["#/realm1/sessions?text=ann&sort=in", "#/com.shop/sessions/4711", "#/a%2Fb/log", "#/realm1/overview"])(
    "%s is read as it was written",
    (fragment) => expect(formatRoute(parseRoute(fragment))).toBe(fragment),
  );

  it.each(["", "#", "#/", "#/realm1/nothing", "#nonsense", "#/%E0%A4%A/overview"])('"%s" is the overview', (fragment) =>
    expect(parseRoute(fragment).screen).toBe("overview"),
  );

  it("takes no id that is no number", () => expect(parseRoute("#/realm1/sessions/me").id).toBeUndefined());
});

/** An address bar that tells of changes as a browser does. */
function addressBar(hash: string): AddressBar & { readonly shown: () => string } {
  let listener = (): void => {};
  const state = { hash };
  const location = {
    get hash() {
      return state.hash;
    },
    set hash(value: string) {
      state.hash = value;
      listener();
    },
  };
  return {
    location,
    history: { replaceState: (_state: unknown, _title: string, url: string) => (state.hash = url) },
    addEventListener: (_type: string, added: () => void) => (listener = added),
    shown: () => state.hash,
  } as unknown as AddressBar & { readonly shown: () => string };
}

describe("Navigation", () => {
  it("opens screens and realms, and keeps settings in the address", () => {
    const bar = addressBar("#/realm1/sessions?text=ann");
    const navigation = new Navigation(bar);
    navigation.setQuery({ sort: "in", text: "" });
    expect(bar.shown()).toBe("#/realm1/sessions?sort=in");
    navigation.open("sessions", 7);
    expect(navigation.route.value).toMatchObject({ realm: "realm1", id: 7, query: {} });
    navigation.openRealm("realm2");
    expect(bar.shown()).toBe("#/realm2/sessions");
  });
});
