import { describe, expect, it } from "vitest";
import { EventHub } from "./event-hub.js";
import { EVENT_NAMES, type RealmEvents } from "./realm-events.js";
import type { Logger } from "../logger.js";
import type { SessionInfo } from "../session/session-info.js";

const JOE: SessionInfo = {
  session: 1,
  realm: "com.example.realm",
  authid: "joe",
  authrole: "user",
  authmethod: "test",
  authprovider: "test",
  transport: { type: "memory", protocol: "none", serializer: "none" },
};

function hubWithLog(): { hub: EventHub<RealmEvents>; log: object[] } {
  const log: object[] = [];
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => void log.push(fields) };
  return { hub: new EventHub<RealmEvents>(EVENT_NAMES, logger), log };
}

describe("EventHub", () => {
  it("tells listeners in the order in which they came, with the arguments, until they stop", () => {
    const { hub } = hubWithLog();
    const heard: string[] = [];
    expect(hub.has("sessionJoined")).toBe(false);
    const stopFirst = hub.on("sessionJoined", "one", ({ authid }) => heard.push(`one ${authid}`));
    const stopSecond = hub.on("sessionJoined", "two", ({ authid }) => heard.push(`two ${authid}`));
    hub.emit("sessionJoined", JOE);
    stopFirst();
    stopFirst();
    expect(hub.has("sessionJoined")).toBe(true);
    hub.emit("sessionJoined", JOE);
    stopSecond();
    expect(hub.has("sessionJoined")).toBe(false);
    hub.emit("sessionJoined", JOE);
    expect(heard).toEqual(["one joe", "two joe", "two joe"]);
  });

  it("keeps events apart, and the same function twice", () => {
    const { hub } = hubWithLog();
    let heard = 0;
    const listener = (): void => void heard++;
    const stop = hub.on("sessionJoined", "one", listener);
    hub.on("sessionJoined", "one", listener);
    hub.on("sessionLeft", "one", listener);
    hub.emit("sessionJoined", JOE);
    expect(heard).toBe(2);
    stop();
    hub.emit("sessionJoined", JOE);
    hub.emit("sessionLeft", JOE, { reason: "com.example.bye" });
    expect(heard).toBe(4);
  });

  it("tells those who listened when it happened: coming and going inside a listener counts from the next time", () => {
    const { hub } = hubWithLog();
    const heard: string[] = [];
    hub.on("sessionJoined", "one", () => {
      heard.push("one");
      stop();
      hub.on("sessionJoined", "three", () => heard.push("three"));
    });
    const stop = hub.on("sessionJoined", "two", () => heard.push("two"));
    hub.emit("sessionJoined", JOE);
    expect(heard).toEqual(["one", "two"]);
    heard.length = 0;
    hub.emit("sessionJoined", JOE);
    expect(heard).toEqual(["one", "three"]);
  });

  it("lets everybody hear of things in the order in which they happened, also of what a listener brings about", () => {
    const { hub } = hubWithLog();
    const heard: string[] = [];
    hub.on("sessionJoined", "one", (session) => {
      heard.push("one joined");
      hub.emit("sessionLeft", session, { reason: "com.example.full" });
      heard.push("one goes on");
    });
    hub.on("sessionLeft", "one", () => heard.push("one left"));
    hub.on("sessionJoined", "two", () => heard.push("two joined"));
    hub.on("sessionLeft", "two", () => heard.push("two left"));
    hub.emit("sessionJoined", JOE);
    expect(heard).toEqual(["one joined", "one goes on", "two joined", "one left", "two left"]);
  });

  it("goes on after a logger that fails", () => {
    const hub = new EventHub<RealmEvents>(EVENT_NAMES, {
      debug() {},
      info() {},
      warn() {},
      error() {
        throw new Error("disk full");
      },
    });
    const heard: string[] = [];
    const stop = hub.on("sessionJoined", "broken", () => {
      throw new Error("broken");
    });
    expect(() => hub.emit("sessionJoined", JOE)).toThrow("disk full");
    stop();
    hub.on("sessionJoined", "good", () => heard.push("good"));
    hub.emit("sessionJoined", JOE);
    expect(heard).toEqual(["good"]);
  });

  it("logs listeners that throw or reject under the name of their plugin, and tells the others", async () => {
    const { hub, log } = hubWithLog();
    const heard: string[] = [];
    const broken = new Error("broken");
    hub.on("sessionJoined", "sync", () => {
      throw broken;
    });
    hub.on("sessionJoined", "async", (async () => {
      throw broken;
    }) as () => void);
    hub.on("sessionJoined", "good", () => heard.push("good"));
    hub.emit("sessionJoined", JOE);
    await Promise.resolve();
    expect(heard).toEqual(["good"]);
    expect(log).toEqual([
      { plugin: "sync", event: "sessionJoined", error: broken },
      { plugin: "async", event: "sessionJoined", error: broken },
    ]);
  });

  it("refuses an event that does not exist, and names the one that was meant", () => {
    const { hub } = hubWithLog();
    expect(() => hub.on("sessionJoin" as "sessionJoined", "one", () => {})).toThrow(
      'there is no event "sessionJoin"; did you mean "sessionJoined"?',
    );
    expect(() => hub.on("x" as "sessionJoined", "one", () => {})).toThrow("the events are sessionJoined, ");
  });
});
