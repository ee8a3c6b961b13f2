import type { IncomingMessage } from "node:http";

/** Whether a client takes gzip. */
export function acceptsGzip({ headers }: IncomingMessage): boolean {
  const [accepted = ""] = [headers["accept-encoding"]].flat();
  return accepted.split(",").some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));
}
