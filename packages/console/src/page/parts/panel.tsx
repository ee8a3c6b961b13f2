import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

/** A part of a screen with a heading. */
export function Panel(props: {
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  return (
    <section class={`panel ${props.class ?? ""}`} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </div>
      <div class="panel-body">{props.children}</div>
    </section>
  );
}
