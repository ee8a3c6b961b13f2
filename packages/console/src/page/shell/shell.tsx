import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useDesk } from "../parts/context.js";
import { useKeys } from "../parts/hooks.js";
import { NoticeList } from "../parts/notices.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import { Palette } from "./palette.js";
import { CurrentScreen } from "./current-screen.js";
import { screensFor, Side, TITLES } from "./side.js";

/** The page of somebody who is logged in: header, navigation, and one screen. */
export function Shell(): JSX.Element {
  const { access, navigation, workspace, realm } = useDesk();
  const [open, setOpen] = useState<"palette" | "help">();
  const main = useRef<HTMLElement>(null);
  const { screen, id } = navigation.route.value;
  const lost = access.lost.value;
  useKeys([
    { key: "?", label: "Show the keys", run: () => setOpen("help") },
    { key: "Ctrl+k", label: "Commands", run: () => setOpen("palette") },
    ...screensFor(workspace.isOperator).map((each, index) => ({
      key: String(index + 1),
      label: TITLES[each],
      run: () => navigation.open(each),
    })),
  ]);
  useEffect(() => {
    document.title = `${TITLES[screen]} · ${realm} · Kreuz`;
    // Where the keys work at once: the table of the screen, if it has one.
    const target = main.current?.querySelector<HTMLElement>("[role=grid]") ?? main.current;
    target?.focus({ preventScroll: true });
  }, [screen, id, realm]);
  const close = (): void => setOpen(undefined);
  return (
    <div class="shell">
      <a
        class="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <Header onFind={() => setOpen("palette")} onHelp={() => setOpen("help")} />
      <Side />
      <main ref={main} id="main" class="main" tabIndex={-1}>
        <CurrentScreen key={`${realm} ${screen} ${id}`} screen={screen} id={id} />
      </main>
      {lost !== undefined && (
        <p class="offline fade" role="status">
          <b>The connection is lost.</b> Trying again; what you see is as it was. <span class="muted">{lost}</span>
        </p>
      )}
      <NoticeList />
      {open === "palette" && <Palette onClose={close} />}
      {open === "help" && <Help onClose={close} />}
    </div>
  );
}
