// The JSON codec on every platform: the same frames, the same outcome, in WebAssembly where the platform lets it.
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../support/bundle.js";
import { CHROMIUM, openBrowser } from "../support/chromium.js";
import { findTool } from "../support/tools.js";
import { decodeFrames, type Outcome } from "./json-platforms-entry.js";

const DENO = findTool("deno");
const run = promisify(execFile);

let script: string;
let folder: string;
const { usesWasm: usedHere, results: expected } = decodeFrames();

beforeAll(async () => {
  script = await bundle(new URL("json-platforms-entry.ts", import.meta.url), { name: "frames" });
  folder = mkdtempSync(join(tmpdir(), "kreuz-json-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the script in a program of its own. */
async function outcomeOf(program: string, args: readonly string[]): Promise<Outcome> {
  const file = join(folder, "frames.mjs");
  writeFileSync(file, `${script}\nconsole.log(JSON.stringify(frames.decodeFrames()));`);
  const { stdout } = await run(program, [...args, file]);
  return JSON.parse(stdout) as Outcome;
}

it("in Node.js, valid and invalid frames", () => {
  expect(usedHere).toBe(true);
  expect(expected.filter((result) => result.startsWith("ProtocolError"))).toHaveLength(10);
});

it("in a worker thread", async () => {
  const program = `${script}; require("node:worker_threads").parentPort.postMessage(frames.decodeFrames());`;
  const worker = new Worker(program, { eval: true });
  const outcome = await new Promise((resolve, reject) => void worker.on("message", resolve).on("error", reject));
  expect(outcome).toEqual({ usesWasm: true, results: expected });
});

it("in Node.js without WebAssembly", async () => {
  expect(await outcomeOf(process.execPath, ["--jitless"])).toEqual({ usesWasm: false, results: expected });
});

it.skipIf(DENO.path === undefined)(`in Deno${DENO.skipped}`, async () => {
  expect(await outcomeOf(DENO.path!, ["run", "--no-config"])).toEqual({ usesWasm: true, results: expected });
});

describe.skipIf(CHROMIUM.path === undefined)(`in Chromium${CHROMIUM.skipped}`, () => {
  let browser: Browser;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === "/strict") response.setHeader("content-security-policy", "script-src 'self'");
      if (request.url === "/frames.js")
        response.setHeader("content-type", "text/javascript; charset=utf-8").end(script);
      else response.setHeader("content-type", "text/html").end(`<!doctype html><script src="/frames.js"></script>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each([
    ["a page", "/", true],
    ["a page whose Content Security Policy forbids WebAssembly", "/strict", false],
  ])("%s", async (_name, path, usesWasm) => {
    const page = await browser.newPage();
    await page.goto(`${origin}${path}`);
    expect(await page.evaluate("frames.decodeFrames()")).toEqual({ usesWasm, results: expected });
    await page.close();
  });

  it("a worker", async () => {
    const page = await browser.newPage();
    await page.goto(origin);
    const outcome = await page.evaluate(`new Promise((resolve, reject) => {
      const program = 'importScripts("${origin}/frames.js"); postMessage(frames.decodeFrames());';
      const worker = new Worker(URL.createObjectURL(new Blob([program])));
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    })`);
    expect(outcome).toEqual({ usesWasm: true, results: expected });
    await page.close();
  });
});
