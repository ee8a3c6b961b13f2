// Tests that docs/protocol.md has a row for everything that the router reads, sends or announces.
import { readFile } from "node:fs/promises";
import { CloseUri, ErrorUri, MessageType, MetaProcedure, MetaTopic } from "@kreuz/codec";
import { eventHistory } from "@kreuz/event-history";
import { registryMeta } from "@kreuz/registry-meta";
import { sessionMeta } from "@kreuz/session-meta";
import { testament } from "@kreuz/testament";
import { describe, expect, it } from "vitest";
import * as checks from "../../../packages/codec/src/messages/option-checks.js";
import { createTestRouter, REALM } from "../support/index.js";

/** Returns the first columns of the tables. */
async function features(): Promise<string> {
  const page = await readFile(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("|"));
  return rows.map((row) => row.split("|")[1]).join("\n");
}

/** Returns the names that no row contains as a whole word. */
async function missing(names: readonly string[]): Promise<string[]> {
  const page = await features();
  return names.filter((name) => !new RegExp(`(?<!\\w)${name}(?![\\w])`).test(page));
}

describe("docs/protocol.md has a row for every", () => {
  it("message", async () => {
    expect(await missing(Object.entries(MessageType).map(([name, code]) => `${name} \\(${code}\\)`))).toEqual([]);
  });

  it("URI of an error or a reason", async () => {
    expect(await missing([...Object.values(ErrorUri), ...Object.values(CloseUri)])).toEqual([]);
  });

  it("meta procedure and meta topic", async () => {
    const page = await features();
    const uris = [...Object.values(MetaProcedure), ...Object.values(MetaTopic)];
    // URIs with the same prefix share a row: `wamp.session.count`, `list`.
    const isListed = (uri: string): boolean => {
      const [prefix, name] = [uri.slice(0, uri.lastIndexOf(".")), uri.slice(uri.lastIndexOf(".") + 1)];
      return page.split("\n").some((row) => row.includes(`\`${prefix}.`) && new RegExp(`[.\`]${name}\``).test(row));
    };
    expect(uris.filter((uri) => !isListed(uri))).toEqual([]);
  });

  it("attribute of options and details", async () => {
    const known = Object.values(checks).flatMap((one) => (one instanceof Map ? [...one.keys()] : []));
    expect(known.length).toBeGreaterThan(100);
    expect(await missing([...new Set(known)])).toEqual([]);
  });

  it("feature that WELCOME announces with all plugins", async () => {
    const plugins = [sessionMeta(), registryMeta(), testament(), eventHistory({ topics: [{ uri: "com.example" }] })];
    const router = await createTestRouter({ realm: { plugins } });
    const { details } = await router.connectClient().join(REALM);
    const announced = Object.values(details.roles).flatMap((role) => Object.keys(role?.features ?? {}));
    expect(announced.length).toBeGreaterThan(20);
    expect(await missing([...new Set(announced)])).toEqual([]);
  });
});
