import type { RefObject, TargetedEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Size, useSize } from "./hooks.js";

/** An element that scrolls: how large it is, and how far it is scrolled. */
export interface Scroll {
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly size: Size;
  readonly scrollTop: number;
  readonly onScroll: (event: TargetedEvent<HTMLDivElement>) => void;
}

/** @param length - of what is in it: a list that becomes shorter scrolls by itself. */
export function useScroll(length: number): Scroll {
  const scroll = useRef<HTMLDivElement>(null);
  const { ref, size } = useSize();
  const [scrollTop, setScrollTop] = useState(0);
  useLayoutEffect(() => ref(scroll.current), [ref]);
  useLayoutEffect(() => setScrollTop(scroll.current!.scrollTop), [length]);
  return { scroll, size: size.value, scrollTop, onScroll: (event) => setScrollTop(event.currentTarget.scrollTop) };
}
