/** One thing that was looked at. */
export interface Finding {
  /** `warning`: it works, and could be better. */
  readonly result: "ok" | "warning" | "wrong";
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export function ok(text: string): Finding {
  return { result: "ok", text };
}

export function warning(text: string, remedy: string): Finding {
  return { result: "warning", text, remedy };
}

export function wrong(text: string, remedy: string): Finding {
  return { result: "wrong", text, remedy };
}
