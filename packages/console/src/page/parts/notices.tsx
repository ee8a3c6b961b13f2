import type { JSX } from "preact";
import { useApp } from "./context.js";

/** What was done or failed, at the corner of the page. */
export function NoticeList(): JSX.Element {
  const { notices } = useApp();
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.all.value.map(({ id, kind, text }) => (
        <div key={id} class="notice fade" data-kind={kind}>
          <p>{text}</p>
          <button type="button" class="button button-quiet" aria-label="Close notice" onClick={() => notices.close(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
