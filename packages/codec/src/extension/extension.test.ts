import { describe, expect, it } from "vitest";
import { ConfigError } from "../config-error.js";
import { checkOptions } from "./check-options.js";
import { defineExtension, isExtension } from "./extension.js";
import { choice, flag, integer, list, mapping, options, text, value } from "./options.js";
import type { OptionsSchema } from "./options-schema.js";

const SCHEMA = options({
  name: text("the name of a thing"),
  size: integer(1, 10).default(3).describe("How large it is."),
  kinds: list(options({ uri: text(), match: choice("exact", "prefix").default("exact") })).default([]),
  verbose: flag().optional(),
  labels: mapping(text()).optional(),
  key: text().secret().optional(),
  call: value("a function", (given): given is () => void => typeof given === "function").optional(),
});

describe("the builders of options", () => {
  it("fill in defaults, also inside lists", () => {
    const given = { name: "a", kinds: [{ uri: "b" }], labels: { c: "d" } };
    expect(checkOptions(SCHEMA, given)).toEqual({
      value: { name: "a", size: 3, kinds: [{ uri: "b", match: "exact" }], labels: { c: "d" } },
    });
  });

  it.each<[string, object, string, string]>([
    ["a missing one", {}, "name", "expected the name of a thing, as a non-empty string, got nothing"],
    ["another type", { name: "a", size: "3" }, "size", 'expected an integer from 1 to 10, got "3"'],
    ["a value out of range", { name: "a", size: 11 }, "size", "expected an integer from 1 to 10, got 11"],
    [
      "one inside a list",
      { name: "a", kinds: [{ uri: "b", match: "all" }] },
      "kinds,0,match",
      'expected one of exact, prefix, got "all"',
    ],
    [
      "a misspelled choice",
      { name: "a", kinds: [{ uri: "b", match: "prefx" }] },
      "kinds,0,match",
      'expected one of exact, prefix, got "prefx"; did you mean prefix?',
    ],
    [
      "one inside a mapping",
      { name: "a", labels: { c: 1 } },
      "labels,c",
      "expected a text, as a non-empty string, got 1",
    ],
    ["an unknown key", { name: "a", sise: 1 }, "sise", "unknown key; did you mean size?"],
    ["a flag that is none", { name: "a", verbose: 1 }, "verbose", "expected true or false, got 1"],
    ["a secret, without its value", { name: "a", key: 1 }, "key", "expected a text, as a non-empty string"],
    ["another value", { name: "a", call: [] }, "call", "expected a function, got an empty list"],
  ])("refuse %s", (_, given, path, message) => {
    const { issues } = checkOptions(SCHEMA, given);
    expect(issues?.map((issue) => [issue.path.join(","), issue.message])).toEqual([[path, message]]);
  });

  it("have a JSON Schema", () => {
    expect(SCHEMA.json).toMatchObject({
      type: "object",
      required: ["name"],
      additionalProperties: false,
      properties: {
        size: { type: "integer", minimum: 1, maximum: 10, default: 3, description: "How large it is." },
        key: { writeOnly: true },
      },
    });
  });
});

describe("checkOptions", () => {
  /** A schema that drops unknown keys in silence, as those of zod do. */
  const careless = (json: Record<string, unknown>): OptionsSchema<unknown, object> => ({
    "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }), jsonSchema: { input: () => json } },
  });

  it("refuses keys that a schema would drop, unless the schema is open", () => {
    const properties = { a: { type: "object", properties: { b: {} } } };
    const paths = (json: Record<string, unknown>, given: unknown) =>
      checkOptions(careless(json), given).issues?.map(({ path }) => path.join("."));
    expect(paths({ properties }, { a: { b: 1, x: 2 }, y: 3 })).toEqual(["a.x", "y"]);
    expect(paths({ properties, additionalProperties: {} }, { y: 3 })).toBeUndefined();
    expect(paths({ properties, patternProperties: {} }, { y: 3 })).toBeUndefined();
    expect(paths({ type: "array", items: { properties } }, [{ z: 1 }])).toEqual(["0.z"]);
  });

  it("refuses schemas that answer later", () => {
    const late: OptionsSchema<unknown, object> = {
      "~standard": { version: 1, vendor: "test", validate: async () => ({ value: {} }) },
    };
    expect(checkOptions(late, {}).issues).toEqual([{ path: [], message: "its schema must answer at once" }]);
  });
});

describe("defineExtension", () => {
  const thing = defineExtension("thing", {
    name: "thing",
    options: SCHEMA,
    create: ({ name, size }) => `${name}${size}`,
  });

  it("makes a function that checks its options and fills in their defaults", () => {
    expect(thing({ name: "a" })).toBe("a3");
    expect(() => thing({ name: "a", size: 0, verbose: 1 as unknown as boolean })).toThrow(
      new ConfigError("thing.size", "expected an integer from 1 to 10, got 0; verbose: expected true or false, got 1"),
    );
  });

  it("says what it is", () => {
    expect({ ...thing }).toMatchObject({ name: "thing", kind: "thing", api: 1 });
    expect(isExtension(thing)).toBe(true);
    expect(isExtension(() => {})).toBe(false);
  });

  it("without a schema, takes no options", () => {
    const plain = defineExtension("thing", { name: "plain", create: () => 1 });
    expect(plain()).toBe(1);
    expect(() => plain({ a: 1 })).toThrow("plain.a: unknown key; it takes no options");
  });
});
