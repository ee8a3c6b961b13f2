import { expect, test } from "vitest";
import type { MessageResult, Results } from "../results.js";
import { multiplesTable } from "./multiples.js";

function result(server: string, scenario: string, bytes: number, messagesPerSecond: number): MessageResult {
  const unit = scenario.startsWith("RPC") ? "call" : "event";
  const rest = { codec: "json", transport: "websocket", microsecondsPerMessage: 1, memory: 1 } as const;
  return { server, scenario, unit, bytes, messagesPerSecond, ...rest };
}

test("the least and the largest multiple of each router on one core, by kind and size of the load", () => {
  const servers = ["relay", "kreuz", "nexus", "nexus (2 cores)", "fox"].map((name) => ({ name, version: "1" }));
  const messages = [
    result("kreuz", "RPC 1×1", 64, 9000),
    result("nexus", "RPC 1×1", 64, 1),
    result("kreuz", "RPC 8×16", 64, 1000),
    result("nexus", "RPC 8×16", 64, 500),
    result("nexus (2 cores)", "RPC 8×16", 64, 1),
    result("kreuz", "RPC 64×16", 64, 3000),
    result("nexus", "RPC 64×16", 64, 250),
    result("relay", "RPC 64×16", 64, 1),
    result("kreuz", "fan-out 1→10", 16_384, 300),
    result("fox", "fan-out 1→10", 16_384, 100),
  ];
  const lines = multiplesTable({ servers, messages } as unknown as Results).split("\n");
  expect(lines[0]).toMatch(/\| +nexus \| +fox \|/);
  expect(lines.find((line) => line.includes("RPC 8×16 and 64×16, 64 B"))).toMatch(/\| +2\.0–12 \| +– \|/);
  expect(lines.find((line) => line.includes("16 KiB") && line.includes("fan-out"))).toMatch(/\| +– \| +3\.0–3\.0 \|/);
});
