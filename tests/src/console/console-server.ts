// Serves the console as the admin listener does.
import { type ConsoleInfo, CONSOLE_HEADERS, CONSOLE_INFO_PATH } from "@kreuz/admin/contract";
import { json } from "@kreuz/codec/json";
import { consoleFiles } from "@kreuz/console";
import type { Router } from "@kreuz/router";
import { listenWebSocket, type TransportListener } from "@kreuz/transport-node";

/** Listens on a free port of this machine. */
export function serveConsole(router: Router, realm: string): Promise<TransportListener> {
  const files = consoleFiles();
  const info: ConsoleInfo = { realm, webSocket: "/ws", methods: ["ticket"], development: false };
  return listenWebSocket(router, {
    codecs: [json],
    port: 0,
    path: "/ws",
    onRequest(request, response) {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      if (pathname === CONSOLE_INFO_PATH) {
        response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(info));
        return;
      }
      const file = files.get(pathname === "/" ? "index.html" : pathname.slice(1));
      if (file === undefined) response.writeHead(404).end();
      else response.writeHead(200, { ...CONSOLE_HEADERS, "Content-Type": file.type }).end(file.body);
    },
  });
}
