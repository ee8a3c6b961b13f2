import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { UpgradeRequest } from "./upgrade-request.js";

/** The path of a request, without its query. */
export function pathOf({ url = "" }: Pick<UpgradeRequest, "url">): string {
  const [path = ""] = url.split("?", 1);
  return path;
}

/** Sends one line of plain text, or only the status. Destroys a response that has already begun. */
export function sendText(response: ServerResponse, status: number, line?: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (line !== undefined) response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.writeHead(status);
  response.end(line === undefined ? undefined : `${line}\n`);
}

/** Sends a JSON document that must not be cached. */
export function sendJson(response: ServerResponse, document: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(document));
}

/** Answers an upgrade request with an HTTP error and one line of plain text, then closes the socket. */
export function rejectUpgrade(socket: Socket, status: number, reason: string): void {
  const body = `${reason}\n`;
  socket.write(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      "Connection: close",
      "Content-Type: text/plain; charset=utf-8",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
  socket.destroySoon();
}
