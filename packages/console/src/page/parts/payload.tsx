import type { JSX } from "preact";
import { bytes } from "../format/numbers.js";
import { payloadText, type Carried } from "../format/payload.js";

/** A payload as text: never as HTML, and never more than 64 KiB of it. */
export function Payload(props: { readonly of: Carried; readonly label: string }): JSX.Element {
  const { text, length } = payloadText(props.of);
  const isCut = length > text.length;
  return (
    <>
      <pre class="payload" tabIndex={0} role="region" aria-label={props.label}>
        {text}
      </pre>
      {isCut && <p class="muted">Cut: it has about {bytes(length)}.</p>}
    </>
  );
}
