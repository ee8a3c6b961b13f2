import type { ComponentChildren, JSX } from "preact";

/** In place of content that is not there: what is the case, and what to do. */
export function State(props: { readonly title: string; readonly children?: ComponentChildren }): JSX.Element {
  return (
    <div class="state fade">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}
