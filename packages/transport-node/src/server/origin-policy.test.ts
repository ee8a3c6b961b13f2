import { describe, expect, it } from "vitest";
import { originPolicy } from "./origin-policy.js";

const far = "203.0.113.7";
const near = "127.0.0.1";

describe("the default origin policy", () => {
  const allows = originPolicy(undefined);

  it.each([
    ["no origin, from anywhere", undefined, "example.com", far],
    ["the same origin", "https://example.com", "example.com", far],
    ["the same origin with a port", "http://example.com:8080", "EXAMPLE.com:8080", far],
    ["the same origin with the default port spelled out", "https://example.com", "example.com:443", far],
    ["a loopback page on this machine", "http://localhost:3000", "127.0.0.1:8080", near],
    ["a loopback page on this machine, over IPv6", "http://[::1]:3000", "[::1]:8080", "::1"],
    ["a loopback page on this machine, dual stack", "http://127.0.0.1:3000", "localhost:8080", "::ffff:127.0.0.1"],
    ["a name under localhost", "http://app.localhost:3000", "localhost:8080", near],
  ])("allows %s", (_name, origin, host, peer) => {
    expect(allows({ origin, host, peer })).toBe(true);
  });

  it.each([
    ["another origin", "https://evil.example", "example.com", far],
    ["another port", "https://example.com:8443", "example.com", far],
    ["a loopback page on another machine", "http://localhost:3000", "example.com", far],
    ["another origin on this machine", "https://evil.example", "127.0.0.1:8080", near],
    ["a foreign name that resolves to loopback", "http://evil.example:8080", "evil.example:8080", near],
    ["a name that only begins like loopback", "http://127.0.0.1.evil.example", "x", near],
    ["the opaque origin", "null", "example.com", far],
    ["a file", "file://", "", near],
    ["something that is no origin", "http://", "example.com", far],
    ["the same origin when there is no host", "https://example.com", undefined, far],
  ])("refuses %s", (_name, origin, host, peer) => {
    expect(allows({ origin, host, peer })).toBe(false);
  });
});

describe("an origin list", () => {
  it("allows exactly the listed origins, and requests without an origin", () => {
    const allows = originPolicy(["https://Example.com", "null"]);
    const request = { host: "example.com", peer: far };
    expect(allows({ ...request, origin: "https://example.com" })).toBe(true);
    expect(allows({ ...request, origin: "null" })).toBe(true);
    expect(allows({ ...request, origin: undefined })).toBe(true);
    expect(allows({ ...request, origin: "http://example.com" })).toBe(false);
    expect(allows({ ...request, origin: "https://example.com.evil.example" })).toBe(false);
    expect(allows({ host: "localhost", peer: near, origin: "http://localhost" })).toBe(false);
  });

  it("allows everything with *", () => {
    expect(originPolicy(["*"])({ origin: "https://evil.example", host: "x", peer: near })).toBe(true);
  });

  it("allows no page when it is empty", () => {
    expect(originPolicy([])({ origin: "http://localhost", host: "localhost", peer: near })).toBe(false);
  });
});
