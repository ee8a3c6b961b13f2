import { cloneElement, type ComponentChildren, isValidElement, type JSX, type VNode } from "preact";
import { useId } from "preact/hooks";

/** A labelled control. Below it is help, or what is wrong, at the same place: nothing moves. */
export function Field(props: {
  readonly label: string;
  readonly help?: string | undefined;
  readonly problem?: string | undefined;
  /** One input, select or textarea. */
  readonly children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  const hasNote = props.help !== undefined || props.problem !== undefined;
  const control = isValidElement(props.children)
    ? cloneElement(props.children as VNode<Record<string, unknown>>, {
        "aria-describedby": hasNote ? id : undefined,
        "aria-invalid": props.problem !== undefined,
      })
    : props.children;
  return (
    <div class="field">
      <label class="field">
        <span>{props.label}</span>
        {control}
      </label>
      {hasNote && (
        <p id={id} class="field-help" data-problem={props.problem === undefined ? undefined : ""}>
          {props.problem ?? props.help}
        </p>
      )}
    </div>
  );
}
