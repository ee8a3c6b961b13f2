import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { KeyBinding } from "../keyboard/keys.js";
import { useApp } from "./context.js";

/** Adds keys while the component is there. Their actions may change; which keys they are may not. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const { keys } = useApp();
  const latest = useMemo(() => ({ bindings }), []);
  latest.bindings = bindings;
  const names = bindings.map(({ key }) => key).join(" ");
  useEffect(
    () => keys.add(bindings.map((each, index) => ({ ...each, run: () => latest.bindings[index]?.run() }))),
    [names],
  );
}

/** Calls back every so many milliseconds while the page is visible. */
export function useInterval(ms: number, callback: () => void): void {
  const latest = useMemo(() => ({ callback }), []);
  latest.callback = callback;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) latest.callback();
    }, ms);
    return () => clearInterval(timer);
  }, [ms]);
}

/** The time, in milliseconds since the Unix epoch; changes once a second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useInterval(1000, () => setNow(Date.now()));
  return now;
}

/** Width and height of an element in CSS pixels, 0 until it is measured. Give `ref` to the element. */
export function useSize(): { readonly ref: (element: Element | null) => void; readonly size: ReadonlySignal<Size> } {
  return useMemo(() => {
    const size: Signal<Size> = signal({ width: 0, height: 0 });
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
    });
    const ref = (element: Element | null): void => {
      observer.disconnect();
      if (element !== null) observer.observe(element);
    };
    return { ref, size };
  }, []);
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** CSS pixels of one rem, which grows with the window. */
export function remPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
