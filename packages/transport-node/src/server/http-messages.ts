import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** Answers an upgrade request with an HTTP error and one line of plain text, then closes the socket. */
export function refuseUpgrade(socket: Socket, status: number, reason: string): void {
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

/** Answers an HTTP request that nobody else wants. */
export function answerPlainRequest(request: IncomingMessage, response: ServerResponse, webSocketPath: string): void {
  if (pathOf(request) === webSocketPath) {
    response.setHeader("Upgrade", "websocket");
    answer(response, 426, "this is a WAMP router's WebSocket endpoint: connect with a WAMP client");
  } else {
    answer(response, 404, `nothing here: the WAMP WebSocket endpoint is ${webSocketPath}`);
  }
}

/** Sends one line of plain text, or nothing but the status, unless an answer has begun. */
export function answer(response: ServerResponse, status: number, line?: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (line !== undefined) response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.writeHead(status);
  response.end(line === undefined ? undefined : `${line}\n`);
}

/** Sends a JSON document that nobody keeps. */
export function answerJson(response: ServerResponse, document: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(document));
}

/** The path of a request, without its query. */
export function pathOf(request: IncomingMessage): string {
  const [path = ""] = (request.url ?? "").split("?", 1);
  return path;
}
