import { isIP } from "node:net";
import type { Report } from "./check-report.js";
import { eachRepeat } from "./check-report.js";
import type { TransportConfig } from "./transport-config.js";

/** Whether the settings of a transport fit together. */
export function checkTransport(transport: TransportConfig, report: Report): void {
  const { type, allowedOrigins = [], codecs, outbox, trustedProxies, path = "/ws", longPoll } = transport;
  for (const key of NOT_OF[type])
    if (transport[key] !== undefined) report([key], `does not go with a transport of the type ${type}`);
  if (longPoll?.path === path) report(["longPoll", "path"], "is the path of the WebSocket endpoint already");
  for (const [index, entry] of trustedProxies.entries())
    if (!isProxy(entry)) report(["trustedProxies", index], `expected an address, a network or "unix", got "${entry}"`);
  for (const [index, origin] of allowedOrigins.entries())
    if (!isOrigin(origin))
      report(
        ["allowedOrigins", index],
        `expected an origin such as https://example.com, "null" or "*", got "${origin}"`,
      );
  eachRepeat(
    codecs,
    (codec) => codec,
    (index, codec) => report(["codecs", index], `${codec} is in the list already`),
  );
  const { lowWaterBytes, highWaterBytes, limitBytes } = outbox;
  if (lowWaterBytes > highWaterBytes)
    report(["outbox", "lowWaterBytes"], `expected at most highWaterBytes (${highWaterBytes}), got ${lowWaterBytes}`);
  if (highWaterBytes > limitBytes)
    report(["outbox", "highWaterBytes"], `expected at most limitBytes (${limitBytes}), got ${highWaterBytes}`);
}

/** Settings that would do nothing. */
const NOT_OF = {
  websocket: ["minPeerMessageBytes"],
  rawsocket: ["path", "allowedOrigins", "compression", "longPoll"],
  universal: [],
} as const satisfies Readonly<Record<TransportConfig["type"], readonly (keyof TransportConfig)[]>>;

function isProxy(entry: string): boolean {
  const [address = "", bits = "0", ...more] = entry.split("/");
  if (entry === "unix") return true;
  const width = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= width;
}

/** Browsers send scheme, host and a port that is not the default one; anything else would never be equal. */
function isOrigin(text: string): boolean {
  if (text === "*" || text === "null") return true;
  if (!URL.canParse(text)) return false;
  const { protocol, host } = new URL(text);
  return host !== "" && text.toLowerCase() === `${protocol}//${host}`;
}
