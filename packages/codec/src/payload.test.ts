import { expect, it } from "vitest";
import { json } from "./json.js";
import { EncodedPayload } from "./payload.js";

it("detach gives a payload that shares no memory with the frame, even where frames are views such as Node's Buffer", () => {
  class View extends Uint8Array {
    // What Node's Buffer does: no copy.
    override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
      return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
    }
  }
  const bytes = new View(new TextEncoder().encode("[1]"));
  const detached = new EncodedPayload(json, bytes, 1).detach();
  bytes.fill(0);
  expect(detached.args).toEqual([1]);
});
