import { expect, it } from "vitest";
import { carryToken, takeToken, type TokenWindow } from "./token.js";

/** A window, what it stores, and a way to leave the page. */
function windowAt(hash: string, stored = new Map<string, string>()) {
  const listeners: (() => void)[] = [];
  const location = { hash, pathname: "/" };
  const window = {
    location,
    history: { replaceState: (_state: unknown, _title: string, url: string) => (location.hash = url) },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    },
    addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
  } as unknown as TokenWindow;
  return { window, location, stored, leave: () => listeners.forEach((listener) => listener()) };
}

it("takes the token out of the address at once", () => {
  const { window, location, stored } = windowAt("#token=abc");
  expect(takeToken(window)).toBe("abc");
  expect(location.hash).toBe("/");
  expect(stored.size).toBe(0);
});

it("leaves the address of a screen alone", () => {
  const { window, location } = windowAt("#/realm1/sessions?text=token");
  expect(takeToken(window)).toBeUndefined();
  expect(location.hash).toBe("#/realm1/sessions?text=token");
});

it("carries the next token over a reload, and no longer", () => {
  const first = windowAt("#/realm1/log");
  carryToken(first.window, () => "next");
  expect(first.stored.size).toBe(0);
  first.leave();
  const second = windowAt("#/realm1/log", first.stored);
  expect(takeToken(second.window)).toBe("next");
  expect(second.stored.size).toBe(0);
});

it("carries nothing after a login with a secret of a person", () => {
  const { window, stored, leave } = windowAt("");
  carryToken(window, () => undefined);
  leave();
  expect(stored.size).toBe(0);
});
