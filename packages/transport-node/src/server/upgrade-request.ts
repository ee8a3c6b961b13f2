import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** What is looked at of an upgrade request. Node's `IncomingMessage` is one. */
export type UpgradeRequest = Pick<IncomingMessage, "method" | "url" | "headers">;

/** Browsers send some 600 bytes. */
const MAX_HEAD_BYTES = 8192;
const HEAD_END = "\r\n\r\n";

/** A path, and perhaps a query (RFC 3986, sections 3.3 and 3.4). */
const REQUEST_LINE = /^GET (\/[\w\-.~!$&'()*+,;=:@%/?]*) HTTP\/1\.1$/;
/** A token, and a value of printable ASCII, without spaces around it (RFC 9110, section 5). */
const FIELD = /^([\w!#$%&'*+\-.^`|~]+): ?([!-~](?:[ -~]*[!-~])?)$/;
const CONNECTION = /^(?:keep-alive, ?)?upgrade$/i;
const WEBSOCKET = /^websocket$/i;
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Fields that tell where a request ends, or change how it is answered. */
const LEFT_TO_NODE: ReadonlySet<string> = new Set([
  "content-length",
  "expect",
  "http2-settings",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
]);

/**
 * Reads the request that nearly all WebSockets begin with, as browsers and WebSocket libraries send it: one chunk of data
 * that is the whole head of a GET in HTTP/1.1 and nothing else, each field once, and those of RFC 6455, section 4.2.1, among them.
 * Node's HTTP server makes many objects for each socket and each request, which take about a sixth of the time of a join.
 *
 * It never judges. Whatever is written in another way, however slightly, is Node's: line ends without CR, folded lines,
 * spaces around names and values, bytes beyond ASCII, a field that comes twice, a body, bytes after the head.
 *
 * @returns what Node would have read; `undefined` to leave it to Node.
 */
export function readUpgradeRequest(data: Buffer): UpgradeRequest | undefined {
  if (data.length > MAX_HEAD_BYTES) return undefined;
  const text = data.toString("latin1");
  if (!text.endsWith(HEAD_END)) return undefined;
  const [requestLine, ...fields] = text.slice(0, -HEAD_END.length).split("\r\n");
  const url = REQUEST_LINE.exec(requestLine!)?.[1];
  const headers = url === undefined ? undefined : readFields(fields);
  return headers !== undefined && isWebSocket(headers) ? { method: "GET", url, headers } : undefined;
}

function readFields(fields: readonly string[]): IncomingHttpHeaders | undefined {
  // Without a prototype, no name means anything but a field.
  const headers = Object.create(null) as Record<string, string>;
  for (const field of fields) {
    const [, name, value] = FIELD.exec(field) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    if (key in headers || LEFT_TO_NODE.has(key)) return undefined;
    headers[key] = value;
  }
  return headers;
}

function isWebSocket(headers: IncomingHttpHeaders): boolean {
  const { host, connection = "", upgrade = "" } = headers;
  return (
    host !== undefined &&
    CONNECTION.test(connection) &&
    WEBSOCKET.test(upgrade) &&
    headers["sec-websocket-version"] === "13" &&
    KEY.test(headers["sec-websocket-key"] ?? "")
  );
}
