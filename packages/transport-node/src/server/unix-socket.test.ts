import { randomBytes } from "node:crypto";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Endpoint } from "@kreuz/testkit";
import { connectRawSocket } from "../rawsocket/connect-rawsocket.js";
import { connectWebSocket } from "../websocket/connect-websocket.js";
import { listenRawSocket, listenUniversal } from "../listen/listen.js";
import { text } from "../testing/codecs.js";
import { openListener } from "../testing/open-listener.js";

function freshPath(): string {
  const path = join(tmpdir(), `kreuz-${randomBytes(6).toString("hex")}.sock`);
  onTestFinished(() => rmSync(path, { force: true }));
  return path;
}

describe("Unix sockets", () => {
  it("carry both transports, have no peer, and are gone with the listener", async () => {
    const path = freshPath();
    const { listener, end } = await openListener(listenUniversal, { unix: { path } });
    expect([listener.url, listener.port]).toEqual([`ws+unix:${path}:/ws`, 0]);
    await connectWebSocket(listener.url, new Endpoint(), { codecs: [text] });
    await connectRawSocket(`rs+unix:${path}`, new Endpoint(), { codec: text });
    const [webSocket, rawSocket] = [(await end(0)).connection.transport, (await end(1)).connection.transport];
    expect(webSocket).toEqual({ type: "websocket", protocol: "wamp.2.json", serializer: "json" });
    expect(rawSocket).toEqual({ type: "rawsocket", protocol: "wamp.2.json", serializer: "json" });
    await listener.close();
    expect(existsSync(path)).toBe(false);
  });

  it("have the permissions that were asked for", async () => {
    const path = freshPath();
    await openListener(listenRawSocket, { unix: { path, mode: 0o620 } });
    expect(statSync(path).mode & 0o777).toBe(0o620);
  });

  it("replace a socket that a dead process left behind", async () => {
    const path = freshPath();
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", script]);
    expect(existsSync(path)).toBe(true);
    const { listener } = await openListener(listenRawSocket, { unix: { path } });
    await connectRawSocket(listener.url, new Endpoint(), { codec: text });
  });

  it("replace nothing where the socket is that of a primary process", async () => {
    const path = freshPath();
    const { listener } = await openListener(listenRawSocket, { unix: { path } });
    const second = openListener(listenRawSocket, { unix: { path, shared: true } });
    await expect(second).rejects.toThrow(`cannot listen on ${path}: another program uses that port`);
    await connectRawSocket(listener.url, new Endpoint(), { codec: text });
  });

  it("do not replace a socket that another listener uses", async () => {
    const path = freshPath();
    const { listener } = await openListener(listenRawSocket, { unix: { path } });
    const second = openListener(listenRawSocket, { unix: { path } });
    await expect(second).rejects.toThrow(`cannot listen on ${path}: another program listens there`);
    await connectRawSocket(listener.url, new Endpoint(), { codec: text });
  });

  it("do not replace a file that is not a socket", async () => {
    const path = freshPath();
    writeFileSync(path, "precious");
    await expect(openListener(listenRawSocket, { unix: { path } })).rejects.toThrow("a file that is not a socket");
    expect(existsSync(path)).toBe(true);
  });

  it("name the path where they cannot listen", async () => {
    const path = join(freshPath(), "in", "nowhere.sock");
    await expect(openListener(listenRawSocket, { unix: { path } })).rejects.toThrow(`cannot listen on ${path}`);
  });
});
