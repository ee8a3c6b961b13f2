import { describe, expect, it } from "vitest";
import type * as ConfigErrorModule from "./config-error.js";
import type * as ErrorsModule from "./errors.js";
import {
  CloseUri,
  ConfigError,
  EMPTY_PAYLOAD,
  ErrorUri,
  isUri,
  MetaProcedure,
  MetaTopic,
  ProtocolError,
  WampError,
} from "./index.js";

describe("the three errors", () => {
  it("ProtocolError ends a session with wamp.error.protocol_violation", () => {
    const error = new ProtocolError("CALL.Request: expected an id");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "ProtocolError",
      uri: "wamp.error.protocol_violation",
      message: "CALL.Request: expected an id",
    });
  });

  it("WampError carries a URI, a payload and details", () => {
    const bare = new WampError("com.a.error");
    expect(bare).toMatchObject({ name: "WampError", uri: "com.a.error", message: "com.a.error", details: {} });
    expect(bare.payload).toBe(EMPTY_PAYLOAD);
    expect(new WampError("com.a.error", "no luck")).toMatchObject({
      message: "com.a.error: no luck",
      payload: { args: ["no luck"] },
    });
    const full = new WampError("com.a.error", "no luck", { kwargs: { left: 3 } }, { _x: 1 });
    expect(full).toMatchObject({ payload: { kwargs: { left: 3 } }, details: { _x: 1 } });
    expect(full.payload.args).toBeUndefined();
  });

  it("ConfigError names the path", () => {
    expect(new ConfigError("realms[0].name", "expected a URI")).toMatchObject({
      name: "ConfigError",
      path: "realms[0].name",
      message: "realms[0].name: expected a URI",
    });
    expect(new ConfigError("", "expected an object").message).toBe("expected an object");
  });
});

describe("predefined URIs", () => {
  it.each(Object.entries({ ErrorUri, CloseUri, MetaTopic, MetaProcedure }))(
    "%s: all are strict URIs and distinct",
    (_name, uris) => {
      const values: string[] = Object.values(uris);
      expect(values.filter((uri) => !isUri(uri, "strict"))).toEqual([]);
      expect(new Set(values).size).toBe(values.length);
    },
  );
});

describe("copies of a class", () => {
  it("instanceof recognizes the objects of another copy of the package, and nothing else", async () => {
    // A query makes it a module of its own, as a second copy in node_modules is.
    const other = (await import(/* @vite-ignore */ `./errors.js?${"copy"}`)) as typeof ErrorsModule;
    const config = (await import(/* @vite-ignore */ `./config-error.js?${"copy"}`)) as typeof ConfigErrorModule;
    expect(other.WampError).not.toBe(WampError);
    const foreign: unknown = new other.WampError("com.example.failed");
    expect(foreign instanceof WampError).toBe(true);
    expect(foreign instanceof ConfigError).toBe(false);
    expect(new config.ConfigError("a", "b") instanceof ConfigError).toBe(true);
    for (const value of [undefined, null, "WampError", {}, new Error("no")])
      expect(value instanceof WampError).toBe(false);
  });

  it("a subclass has instances of its own only", () => {
    class SlowDown extends WampError {}
    expect(new SlowDown("com.example.slow_down") instanceof WampError).toBe(true);
    expect(new SlowDown("com.example.slow_down") instanceof SlowDown).toBe(true);
    expect(new WampError("com.example.slow_down") instanceof SlowDown).toBe(false);
  });
});
