import { describe, expect, it } from "vitest";
import { FrameMemory } from "./frame-memory.js";

describe("FrameMemory", () => {
  it("never hands out the same bytes twice", () => {
    const memory = new FrameMemory();
    const frames = Array.from({ length: 3000 }, (_, index) => memory.allocate(1 + (index % 500)).fill(index));
    frames.push(memory.allocate(100_000).fill(7));
    for (const [index, frame] of frames.slice(0, -1).entries()) {
      expect(frame.length).toBe(1 + (index % 500));
      expect(frame.every((byte) => byte === (index & 0xff))).toBe(true);
    }
  });

  it("reuses what was reserved and not written", () => {
    const memory = new FrameMemory();
    memory.reserve(1000);
    const first = memory.commit(memory.start + 10);
    memory.reserve(1000);
    const second = memory.commit(memory.start + 10);
    expect(first.buffer).toBe(second.buffer);
    expect(second.byteOffset).toBe(first.byteOffset + 10);
  });
});
