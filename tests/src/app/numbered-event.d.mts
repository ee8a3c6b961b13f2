import type { KeptEvent } from "@kreuz/event-history";

export function numberedEvent(number: number): KeptEvent;
