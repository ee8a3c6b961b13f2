// Serves the console as the admin listener does.
import { type ConsoleInfo, CONSOLE_HEADERS, CONSOLE_INFO_PATH } from "@kreuz/admin/contract";
import { json } from "@kreuz/codec/json";
import { consoleFiles } from "@kreuz/console";
import type { Router } from "@kreuz/router";
import { listenWebSocket, type TransportListener } from "@kreuz/transport-node";

/** @param port - 0 for any free one. */
export function serveConsole(router: Router, realm: string, port = 0): Promise<TransportListener> {
  const files = consoleFiles();
  const info: ConsoleInfo = { realm, webSocket: "/ws", methods: ["ticket"], development: false };
  return listenWebSocket(router, {
    codecs: [json],
    port,
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
