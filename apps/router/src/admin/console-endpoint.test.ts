import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { CONSOLE_HEADERS } from "@kreuz/admin";
import { expect, onTestFinished, test } from "vitest";
import { ConsoleEndpoint } from "./console-endpoint.js";

const HTML = "<!doctype html><title>Kreuz</title>".repeat(20);
const FILES = new Map([
  ["index.html", { type: "text/html; charset=utf-8", body: Buffer.from(HTML) }],
  ["assets/app-1a2b3c4d.js", { type: "text/javascript; charset=utf-8", body: Buffer.from("1") }],
]);

/** Serves the files. @returns what gets one of them, exactly by this path. */
async function serve() {
  const endpoint = new ConsoleEndpoint(FILES);
  const server = createServer((asked, response) => {
    if (!endpoint.answer(asked.url ?? "", asked, response)) response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return (path: string, headers: Record<string, string> = {}, method = "GET") =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve, reject) => {
      const chunks: Buffer[] = [];
      request({ host: "127.0.0.1", port, path, headers, method, agent: false }, (response) => {
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      })
        .on("error", reject)
        .end();
    });
}

test("the page, with the headers that keep it to itself", async () => {
  const get = await serve();
  const page = await get("/");
  expect([page.status, page.body.toString()]).toEqual([200, HTML]);
  expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
  for (const [name, value] of Object.entries(CONSOLE_HEADERS)) expect(page.headers[name.toLowerCase()]).toBe(value);
  expect(page.headers["content-security-policy"]).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  );
  expect((await get("/index.html")).body).toEqual(page.body);
  expect((await get("/", {}, "HEAD")).body).toHaveLength(0);
});

test("compressed where that is smaller and the browser takes it", async () => {
  const get = await serve();
  const zipped = await get("/", { "Accept-Encoding": "gzip" });
  expect(zipped.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(zipped.body).toString()).toBe(HTML);
  const small = await get("/assets/app-1a2b3c4d.js", { "Accept-Encoding": "gzip" });
  expect([small.headers["content-encoding"], small.body.toString()]).toEqual([undefined, "1"]);
});

test("browsers keep what has a hash in its name for ever, and check the rest", async () => {
  const get = await serve();
  expect((await get("/assets/app-1a2b3c4d.js")).headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  const { headers } = await get("/");
  expect(headers["cache-control"]).toBe("no-cache");
  const again = await get("/", { "If-None-Match": `"other", ${String(headers["etag"])}` });
  expect([again.status, again.body.length, again.headers["etag"]]).toEqual([304, 0, headers["etag"]]);
});

test.each(["/../package.json", "/assets/../index.html", "/assets/", "//index.html", "/%2e%2e/x", "/index.html/"])(
  "%s is no name of a file",
  async (path) => {
    const get = await serve();
    expect((await get(path)).status).toBe(404);
  },
);
