import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../testing/running-router.js";
import { InvalidConfigError } from "./config-problem.js";
import { parseConfig } from "./load-config.js";

const config = (user: string, rest = ""): string => `realms:
  - name: realm1
    auth: { ticket: { users: { joe: { role: user, ${user} } } } }
    roles: [{ name: user }]
${rest}`;

function errorOf(text: string, env: Readonly<Record<string, string>> = {}, folder = "/nowhere"): string {
  try {
    parseConfig(text, join(folder, "kreuz.yaml"), env);
  } catch (error) {
    if (error instanceof InvalidConfigError)
      return error.problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
    throw error;
  }
  return "";
}

const ticketOf = (text: string, env: Readonly<Record<string, string>> = {}, folder = "/nowhere"): string | undefined =>
  parseConfig(text, join(folder, "kreuz.yaml"), env).config.realms[0]?.auth.ticket?.users?.["joe"]?.ticket;

describe("variables of the environment", () => {
  test.each([
    ["${SECRET}", "sesame"],
    ["a-${SECRET}-b", "a-sesame-b"],
    ["${MISSING:-other}", "other"],
    ["${EMPTY:-other}", "other"],
    ["$${SECRET}", "${SECRET}"],
    ["${DIGITS}", "12345"],
    ["$SECRET", "$SECRET"],
  ])("%s is %s", (text, expected) => {
    const env = { SECRET: "sesame", EMPTY: "", DIGITS: "12345" };
    expect(ticketOf(config(`ticket: "${text}"`), env)).toBe(expected);
  });

  test("stand for numbers and flags where the setting takes no text", () => {
    const text = config("ticket: x", "transports: [{ type: websocket, port: '${PORT}', compression: '${ON:-true}' }]");
    expect(parseConfig(text, "kreuz.yaml", { PORT: "9000" }).config.transports[0]).toMatchObject({
      port: 9000,
      compression: true,
    });
  });

  test("that are missing are an error at their place", () => {
    expect(errorOf(config('ticket: "${SECRET}"'))).toBe(
      "realms[0].auth.ticket.users.joe.ticket: the environment has no variable SECRET; set it, or write ${SECRET:-default}",
    );
  });
});

describe("secrets in files", () => {
  test("are read without the newline at their end", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "joe.secret"), "sesame\n");
    expect(ticketOf(config("ticketFile: joe.secret"), {}, folder)).toBe("sesame");
  });

  test("that are missing, empty or given twice are an error at their place", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "empty"), "");
    const path = "realms[0].auth.ticket.users.joe.ticketFile";
    expect(errorOf(config("ticketFile: gone"), {}, folder)).toContain(`${path}: cannot read gone: ENOENT`);
    expect(errorOf(config("ticketFile: empty"), {}, folder)).toBe(`${path}: empty is empty`);
    writeFileSync(join(folder, "full"), "x");
    const both = errorOf(config("ticket: y, ticketFile: full"), {}, folder);
    expect(both).toBe(`${path}: expected either ticket or ticketFile, got both`);
  });
});

test.each([
  ["a secret of digits", config("ticket: 12345678")],
  ["a secret that is no text", config("ticket: 12345.678")],
  ["a secret in place of a user", config("ticket: x").replace("{ role: user, ticket: x }", "12345678")],
  ["a secret in place of users", config("ticket: x").replace("{ joe: { role: user, ticket: x } }", "12345678")],
  [
    "a secret in place of a method",
    config("ticket: x").replace("{ users: { joe: { role: user, ticket: x } } }", "12345678"),
  ],
  ["a secret that YAML takes for an alias", config("ticket: *12345678")],
])("%s is not printed", (_, text) => {
  const error = errorOf(text);
  expect(error).not.toBe("");
  expect(error).not.toContain("12345");
});

test("a secret of digits gets the advice to quote it", () => {
  expect(errorOf(config("ticket: 12345678"))).toBe(
    "realms[0].auth.ticket.users.joe.ticket: expected a ticket, got something else, which is not shown; put it in quotes",
  );
});
