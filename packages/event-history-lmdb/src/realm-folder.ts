import { createHash } from "node:crypto";
import type { Uri } from "@kreuz/codec";

/** No file system has trouble with names of this length. */
const LONGEST = 120;

/**
 * The name of a realm's folder: readable, and never the same for two realms, also where file names do not tell upper from
 * lower case.
 */
export function folderOf(realm: Uri): string {
  const name = Buffer.from(realm)
    .toString("latin1")
    .replaceAll(/[^a-z0-9._-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  // No escape begins like this.
  return name.length <= LONGEST ? name : `%sha256-${createHash("sha256").update(realm).digest("hex")}`;
}
