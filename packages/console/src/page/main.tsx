import { connect } from "@kreuz/client";
import { render } from "preact";
import { fetchConsoleInfo } from "./api/login.js";
import { Keys } from "./keyboard/keys.js";
import { Navigation } from "./navigation/navigation.js";
import { carryToken, takeToken } from "./navigation/token.js";
import { Root } from "./shell/root.js";
import { Access } from "./stores/access.js";
import { Notices } from "./stores/notices.js";

// Before anything else looks at the address.
const token = takeToken(window);
const keys = new Keys();
const notices = new Notices((ms, callback) => void setTimeout(callback, ms));
const navigation = new Navigation(window);
const access = new Access({
  fetchInfo: fetchConsoleInfo,
  connect({ realm, webSocket }, auth) {
    const url = new URL(webSocket, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    return connect({
      url: url.href,
      realm,
      auth,
      agent: "Kreuz console",
      // Somebody looks at the page: long waits would be a nuisance.
      reconnect: { minMs: 250, maxMs: 5000 },
      onError: (error, what) => notices.error(`${what}: ${String(error)}`),
    });
  },
});
window.addEventListener("keydown", (event) => {
  if (!event.defaultPrevented) keys.press(event);
});
carryToken(window, () => access.token);
render(<Root app={{ access, navigation, notices, keys }} />, document.getElementById("app")!);
void access.start(token);
