// Many clients that come back at once, after a restart, to a router with default limits. KREUZ_STORM is their number.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { testTls } from "../../../packages/transport-node/src/testing/certificates.js";
import { clientFrame } from "../../../packages/transport-node/src/testing/recorded-websocket.js";
import { RouterProcess } from "../support/router-process.js";
import { until } from "../support/wait.js";

const CLIENTS = Number(process.env["KREUZ_STORM"] ?? 500);
/** Over TLS each costs both sides a hundred times as much. */
const TLS_CLIENTS = Math.ceil(CLIENTS / 20);
const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n";
// Clients as light as can be, so that the router is what is tested. They answer no pings: those come later.
const HELLO = clientFrame({ opcode: 1, payload: Buffer.from('[1,"realm1",{"roles":{"subscriber":{}}}]') });
/** How long a client waits while nobody listens. */
const RETRY_MS = 50;
/** Long enough for thousands of clients on a busy machine. */
const PATIENCE_MS = 240_000;

let router: RouterProcess | undefined;
let storm: Storm | undefined;

afterEach(async () => {
  storm?.end();
  await router?.kill();
});

/** Clients that come back as soon as they can. */
class Storm {
  readonly #url: string;
  readonly #ca: string | undefined;
  readonly #sockets = new Set<Socket>();
  /** Ends of connections that the router did not mean: by a limit, a time-out or a failure. */
  readonly losses: string[] = [];
  joined = 0;
  #stopping = false;
  #over = false;

  constructor(url: string, ca?: string) {
    this.#url = url;
    this.#ca = ca;
  }

  start(clients: number): void {
    for (let client = 0; client < clients; client++) this.#connect();
  }

  /** From now on connections may end, until the router is back. */
  routerStops(): void {
    this.#stopping = true;
  }

  routerIsBack(): void {
    this.#stopping = false;
  }

  end(): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(): void {
    const { hostname, port, pathname } = new URL(this.#url);
    const target = { host: hostname, port: Number(port), family: 4, ca: this.#ca };
    const socket = this.#ca === undefined ? connect(target) : connectTls(target);
    this.#sockets.add(socket);
    // The router that stops may reset those that wait for it in the kernel.
    const excused = this.#stopping;
    let heard = "";
    let welcome = false;
    let failure: string | undefined;
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${UPGRADE}`);
    socket.on("data", (data) => {
      const upgraded = heard.includes("\r\n\r\n");
      heard += data.toString("latin1");
      if (!upgraded && heard.includes("\r\n\r\n")) socket.write(HELLO);
      if (welcome || !heard.includes("[2,")) return;
      welcome = true;
      this.joined++;
    });
    socket.on("error", (error) => (failure = error.message));
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (welcome) this.joined--;
      if (this.#over) return;
      const unheard = failure?.includes("ECONNREFUSED") === true;
      if (!unheard && !excused && !this.#stopping) this.losses.push(failure ?? `closed after ${heard.slice(0, 200)}`);
      void delay(unheard ? RETRY_MS : 0).then(() => this.#over || this.#connect());
    });
  }
}

async function weather(clients: number, files: Readonly<Record<string, string>>, ca?: string): Promise<void> {
  router = await RouterProcess.start({ files });
  const { url } = router;
  const address = url.replace("127.0.0.1", "localhost");
  storm = new Storm(ca === undefined ? url : address, ca);
  const { losses } = storm;
  const everybody = (): boolean => storm?.joined === clients || losses.length > 0;
  const begun = performance.now();
  storm.start(clients);
  await until("everybody to join", everybody, PATIENCE_MS);
  expect(losses).toEqual([]);
  const joining = performance.now() - begun;

  storm.routerStops();
  router.signal("SIGTERM");
  expect(await router.exited).toBe(0);
  const port = Number(new URL(url).port);
  const again = RouterProcess.start({ files, port });
  await until("the old connections to end", () => storm?.joined === 0, PATIENCE_MS);
  storm.routerIsBack();
  router = await again;
  const back = performance.now();
  await until("everybody to come back", everybody, PATIENCE_MS);
  expect(losses).toEqual([]);
  const seconds = [joining, performance.now() - back].map((ms) => (ms / 1000).toFixed(1));
  process.stdout.write(
    `storm of ${clients} at ${new URL(url).protocol}//: joined in ${seconds[0]} s, back in ${seconds[1]} s\n`,
  );
  expect(router.errors).toEqual([]);
}

test(`${CLIENTS} clients come back to a router with default limits, and none is lost`, async () => {
  await weather(CLIENTS, {});
});

test(`${TLS_CLIENTS} clients come back over TLS, and none is lost`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "kreuz-storm-"));
  try {
    const { server, ca } = testTls();
    for (const [name, content] of Object.entries(server)) writeFileSync(join(folder, name), String(content));
    const config = `realms: [{ name: realm1, auth: { anonymous: { role: guest } }, roles: [{ name: guest }] }]
transports: [{ type: websocket, tls: { cert: ${join(folder, "cert")}, key: ${join(folder, "key")} } }]
`;
    await weather(TLS_CLIENTS, { "kreuz.yaml": config }, ca);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
