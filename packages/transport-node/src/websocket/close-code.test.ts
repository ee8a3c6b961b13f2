import { describe, expect, it } from "vitest";
import { closeCode, closeReason, peerClose } from "./close-code.js";

describe("closeCode", () => {
  it.each([
    ["normal", 1000],
    ["going-away", 1001],
    ["protocol-error", 1002],
    ["policy-violation", 1008],
    ["message-too-big", 1009],
    ["internal-error", 1011],
  ] as const)("maps %s to %i", (status, code) => {
    expect(closeCode(status)).toBe(code);
  });
});

describe("peerClose", () => {
  it.each([1000, 1001, 1005])("takes %i for a clean end", (code) => {
    expect(peerClose(code, "whatever")).toBeUndefined();
  });

  it.each([
    [1002, "protocol-error"],
    [1003, "protocol-error"],
    [1007, "protocol-error"],
    [1008, "policy-violation"],
    [1009, "message-too-big"],
    [1011, "internal-error"],
    [4001, "policy-violation"],
  ] as const)("takes %i for %s", (code, status) => {
    expect(peerClose(code, "why")).toMatchObject({ name: "PeerClosedError", status, reason: "why" });
  });

  it("names the code of an application that gives no reason", () => {
    expect(peerClose(4001, "")?.message).toContain("4001");
  });
});

describe("closeReason", () => {
  it("cuts at 123 bytes, between characters", () => {
    expect(closeReason("short")).toBe("short");
    expect(closeReason("a".repeat(200))).toBe("a".repeat(123));
    expect(closeReason(`${"a".repeat(122)}é`)).toBe("a".repeat(122));
    expect(closeReason("€".repeat(50))).toBe("€".repeat(41));
  });
});
