import type { Report } from "./check-report.js";
import { eachRepeat } from "./check-report.js";
import type { WebSocketConfig } from "./config.js";

/** Whether the settings of a transport fit together. */
export function checkTransport({ allowedOrigins = [], codecs, outbox }: WebSocketConfig, report: Report): void {
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

/** Browsers send scheme, host and a port that is not the default one; anything else would never be equal. */
function isOrigin(text: string): boolean {
  if (text === "*" || text === "null") return true;
  if (!URL.canParse(text)) return false;
  const { protocol, host } = new URL(text);
  return host !== "" && text.toLowerCase() === `${protocol}//${host}`;
}
