import type { IncomingMessage } from "node:http";

/** How a request's body turned out. */
export type Body = Buffer | "too-large" | "aborted";

/**
 * Reads a request's body. It never holds more than `maxBytes`, whatever was announced.
 *
 * @param done - called once.
 */
export function readBody(request: IncomingMessage, maxBytes: number, done: (body: Body) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  let finished = false;
  const finish = (body: Body): void => {
    if (finished) return;
    finished = true;
    done(body);
  };
  request.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes) finish("too-large");
    else if (!finished) parts.push(part);
  });
  request.on("end", () => finish(Buffer.concat(parts, bytes)));
  request.on("close", () => finish("aborted"));
  request.on("error", () => finish("aborted"));
}
