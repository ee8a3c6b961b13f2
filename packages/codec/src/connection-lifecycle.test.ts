import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./clock.js";
import type { CloseStatus, Connection, ConnectionHandler } from "./connection.js";
import { OutboxOverflowError, PeerClosedError } from "./connection.js";
import { ConnectionLifecycle, type LifecycleHooks } from "./connection-lifecycle.js";

const CONNECTION = {} as Connection;
const FRAME = Uint8Array.of(1);
const CLOSE_TIMEOUT = 700;

/** Everything that the lifecycle asked for and told, in order. */
let calls: string[];
let limits: string[];
let errors: Error[];
let lifecycle: ConnectionLifecycle;
/** What the handler does, by the name of the call. */
let reactions: Partial<Record<"onFrame" | "onDrain" | "onClose", () => void>>;

const handler: ConnectionHandler = {
  onFrame: () => react("onFrame"),
  onDrain: () => react("onDrain"),
  onClose(error) {
    calls.push(error === undefined ? "onClose" : `onClose ${error.message}`);
    reactions.onClose?.();
  },
};

const hooks: LifecycleHooks = {
  stop: () => void calls.push("stop"),
  end: (status: CloseStatus, message: string) => void calls.push(`end ${status} ${message}`.trim()),
  destroy: () => void calls.push("destroy"),
  release: () => void calls.push("release"),
};

function react(name: "onFrame" | "onDrain"): void {
  calls.push(name);
  reactions[name]?.();
}

function throws(): never {
  throw new Error("bug");
}

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  limits = [];
  errors = [];
  reactions = {};
  lifecycle = new ConnectionLifecycle(hooks, {
    clock: systemClock,
    closeTimeout: CLOSE_TIMEOUT,
    onLimit: (limit) => void limits.push(limit),
    onError: (error) => void errors.push(error),
  });
  lifecycle.admit({ accept: () => handler }, CONNECTION);
});
afterEach(() => void vi.useRealTimers());

describe("an open connection", () => {
  it("delivers frames and drains", () => {
    expect(lifecycle.isOpen).toBe(true);
    lifecycle.deliver(FRAME);
    lifecycle.onDrain();
    expect(calls).toEqual(["onFrame", "onDrain"]);
    lifecycle.onEnd();
  });

  it.each(["onFrame", "onDrain"] as const)("closes with internal-error when %s throws", (name) => {
    reactions[name] = throws;
    if (name === "onFrame") lifecycle.deliver(FRAME);
    else lifecycle.onDrain();
    expect(calls).toEqual([name, "stop", "end internal-error"]);
    lifecycle.onEnd();
    expect(calls.slice(3)).toEqual(["release", "onClose bug"]);
    expect(errors).toEqual([]);
  });

  it("ends without a close of its own when the peer is first", () => {
    lifecycle.onEnd();
    expect(calls).toEqual(["stop", "release", "onClose"]);
    expect(lifecycle.isOpen).toBe(false);
  });

  it("tells of the peer's complaint, and of a connection that was lost", () => {
    lifecycle.onEnd(new PeerClosedError("policy-violation", "enough"));
    expect(calls.at(-1)).toBe("onClose the peer closed the connection: policy-violation (enough)");
    const other = new ConnectionLifecycle(hooks, {
      clock: systemClock,
      closeTimeout: CLOSE_TIMEOUT,
      onLimit: () => {},
      onError: () => {},
    });
    other.admit({ accept: () => handler }, CONNECTION);
    other.onLost();
    expect(calls.at(-1)).toBe("onClose the connection was lost");
  });
});

describe("a connection that is closed", () => {
  it("stops, sends the close, and tells the handler when the peer has answered", () => {
    lifecycle.close("going-away", "bye");
    expect(lifecycle.isOpen).toBe(false);
    lifecycle.deliver(FRAME);
    lifecycle.onDrain();
    expect(calls).toEqual(["stop", "end going-away bye"]);
    lifecycle.onEnd(new PeerClosedError("policy-violation", "too late"));
    expect(calls.slice(2)).toEqual(["release", "onClose"]);
  });

  it("closes once, and tells of the end once", () => {
    lifecycle.close();
    lifecycle.close("internal-error", "too late");
    expect(lifecycle.beginClosing()).toBe(false);
    lifecycle.onEnd();
    lifecycle.onEnd();
    lifecycle.onLost();
    lifecycle.cutOff(new Error("too late"));
    expect(calls).toEqual(["stop", "end normal", "release", "onClose"]);
  });

  it("is destroyed after the timeout", () => {
    lifecycle.close();
    vi.advanceTimersByTime(CLOSE_TIMEOUT - 1);
    expect(calls).toEqual(["stop", "end normal"]);
    vi.advanceTimersByTime(1);
    expect(calls.at(-1)).toBe("destroy");
    lifecycle.onLost();
    expect(calls.at(-1)).toBe("onClose the peer did not answer the close within 700 ms");
    expect(limits).toEqual(["close-timeout"]);
  });

  it("leaves no timer behind", () => {
    lifecycle.close();
    expect(vi.getTimerCount()).toBe(1);
    lifecycle.onEnd();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ended in order if the peer had answered by the timeout", () => {
    lifecycle.close();
    vi.advanceTimersByTime(CLOSE_TIMEOUT);
    lifecycle.onEnd();
    expect(calls.at(-1)).toBe("onClose");
    expect(limits).toEqual([]);
  });

  it("counts the timeout even if the reason is another", () => {
    lifecycle.close("protocol-error", "", new Error("the peer sent nonsense"));
    vi.advanceTimersByTime(CLOSE_TIMEOUT);
    lifecycle.onLost();
    expect(calls.at(-1)).toBe("onClose the peer sent nonsense");
    expect(limits).toEqual(["close-timeout"]);
  });

  it("keeps the first failure", () => {
    expect(lifecycle.beginClosing(new Error("first"))).toBe(true);
    lifecycle.noteFailure(new Error("second"));
    lifecycle.onLost();
    expect(calls).toEqual(["stop", "release", "onClose first"]);
  });

  it("by a handler that throws afterwards tells of the error", () => {
    reactions.onFrame = () => {
      lifecycle.close("policy-violation", "enough");
      throws();
    };
    lifecycle.deliver(FRAME);
    lifecycle.onEnd();
    expect(calls).toEqual(["onFrame", "stop", "end policy-violation enough", "release", "onClose bug"]);
  });
});

describe("a connection that is cut off", () => {
  it("is destroyed without a close", () => {
    lifecycle.cutOff(new Error("silence"));
    expect(lifecycle.isOpen).toBe(false);
    lifecycle.deliver(FRAME);
    lifecycle.onLost();
    expect(calls).toEqual(["stop", "destroy", "release", "onClose silence"]);
  });

  it("while it closes does not stop twice", () => {
    lifecycle.close();
    lifecycle.cutOff(new Error("silence"));
    lifecycle.onLost();
    expect(calls).toEqual(["stop", "end normal", "destroy", "release", "onClose silence"]);
  });

  it("at the limit of its outbox counts that", () => {
    lifecycle.onOverflow(new OutboxOverflowError(20, 10));
    lifecycle.onLost();
    expect(limits).toEqual(["outbox-bytes"]);
    expect(calls.slice(0, 2)).toEqual(["stop", "destroy"]);
    expect(calls.at(-1)).toContain("(20 of 10 bytes)");
  });
});

describe("bugs that leave no handler to tell", () => {
  it("reports what onClose throws", () => {
    reactions.onClose = throws;
    lifecycle.onEnd();
    expect(errors).toEqual([new Error("bug")]);
  });

  it("reports what accept throws, and closes with internal-error", () => {
    lifecycle.onEnd();
    calls = [];
    const other = new ConnectionLifecycle(hooks, {
      clock: systemClock,
      closeTimeout: CLOSE_TIMEOUT,
      onLimit: () => {},
      onError: (error) => void errors.push(error),
    });
    other.admit({ accept: throws }, CONNECTION);
    other.deliver(FRAME);
    other.onEnd();
    expect(errors).toEqual([new Error("bug")]);
    expect(calls).toEqual(["stop", "end internal-error", "release"]);
  });

  it("makes an Error of whatever was thrown", () => {
    reactions.onClose = () => {
      throw "a string";
    };
    lifecycle.onEnd();
    expect(errors).toEqual([new Error("a string")]);
  });
});
