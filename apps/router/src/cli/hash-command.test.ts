import { Readable } from "node:stream";
import { verifyTicket } from "@kreuz/auth/hashing";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../config/load-config.js";
import { runCli } from "./run-cli.js";

async function kreuz(args: readonly string[], input = ""): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const to = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const stdin = Object.assign(Readable.from(input === "" ? [] : [Buffer.from(input)]), { isTTY: false });
  const context = { cwd: ".", env: {}, stdin, stdout: to("stdout"), stderr: to("stderr") };
  const code = await runCli(args, context);
  return { code, ...written };
}

/** A config with one user of the method. */
function configWith(method: string, user: object): string {
  return JSON.stringify({
    realms: [
      { name: "realm1", auth: { [method]: { users: { joe: { role: "user", ...user } } } }, roles: [{ name: "user" }] },
    ],
  });
}

describe("kreuz hash", () => {
  test.each([
    ["ticket", ["--iterations", "10"], ["ticketHash"]],
    ["wampcra", ["--iterations", "10"], ["secret", "salt", "iterations", "keylen"]],
    [
      "wamp-scram",
      ["--iterations", "1", "--memory", "16"],
      ["kdf", "salt", "iterations", "memory", "storedKey", "serverKey"],
    ],
    [
      "scram",
      ["--iterations", "1", "--memory", "16"],
      ["kdf", "salt", "iterations", "memory", "storedKey", "serverKey"],
    ],
    [
      "wamp-scram",
      ["--kdf", "pbkdf2", "--iterations", "4096"],
      ["kdf", "salt", "iterations", "storedKey", "serverKey"],
    ],
  ])("%s %j: prints settings of a valid config, without the secret", async (method, flags, fields) => {
    const { code, stdout } = await kreuz(["hash", method, ...flags], "pässword\n");
    expect(code).toBe(0);
    expect(stdout).not.toContain("pässword");
    const user = parse(stdout) as Record<string, unknown>;
    expect(Object.keys(user)).toEqual(fields);
    expect(() => parseConfig(configWith(method, user), "kreuz.yaml")).not.toThrow();
  });

  test("removes the newline that echo appends", async () => {
    const { stdout } = await kreuz(["hash", "ticket", "--iterations", "10"], "secret\n");
    const { ticketHash } = parse(stdout) as { ticketHash: string };
    expect(await verifyTicket(ticketHash, "secret")).toBe(true);
  });

  test.each([
    [["hash", "md5"], "md5"],
    [["hash", "ticket", "--iterations", "many"], '--iterations: expected a whole number, 1 or more, got "many"'],
    [["hash", "ticket"], "expected a secret, got nothing"],
  ])("rejects %j", async (args, words) => {
    expect(await kreuz(args)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(words) });
  });
});

test("kreuz keys prints a new key pair each time", async () => {
  const [one, other] = [await kreuz(["keys"]), await kreuz(["keys"])];
  expect(one.stdout).not.toBe(other.stdout);
  const { keys } = parse(one.stdout) as { keys: string[] };
  expect(() => parseConfig(configWith("cryptosign", { keys }), "kreuz.yaml")).not.toThrow();
});
