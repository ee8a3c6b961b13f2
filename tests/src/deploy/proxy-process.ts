// nginx, HAProxy and Caddy with the configs of `deploy/proxies`, changed only where a test must: ports, certificates, times.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certified } from "../../../packages/transport-node/src/testing/certificates.js";
import { ROOT } from "../support/node-program.js";
import { findTool, type Tool } from "../support/tools.js";
import { until } from "../support/wait.js";

/** What stands in the config, and what takes its place. */
export type Replacements = Readonly<Record<string, string>>;

export interface ProxyKind {
  readonly name: string;
  readonly tool: Tool;
  /** Time without data after which it cuts a connection, in `deploy/proxies`. */
  readonly idleTime?: string;
  readonly start: (settings: ProxySettings) => Promise<Proxy>;
}

export interface ProxySettings {
  readonly certificate: Certified;
  /** Ports of the router. */
  readonly webSocketPort: number;
  readonly rawSocketPort: number;
  readonly replacements?: Replacements;
}

/** A proxy that runs. */
export interface Proxy {
  /** Its port for HTTPS. */
  readonly port: number;
  /** Its port for RawSocket over TLS, if it has one. */
  readonly rawSocketPort: number;
  stop(): Promise<void>;
}

const read = (name: string): string => readFileSync(join(ROOT, "deploy", "proxies", name), "utf8");

const NGINX = findTool("nginx");
const HAPROXY = findTool("haproxy");
const CADDY = findTool("caddy");

export const PROXIES: readonly ProxyKind[] = [
  {
    name: "nginx",
    tool: NGINX,
    idleTime: "60s",
    start: (settings) =>
      start(NGINX, settings, (folder, ports) => {
        const server = replaced(read("nginx.conf"), {
          "443": String(ports.https),
          "127.0.0.1:8080": `127.0.0.1:${settings.webSocketPort}`,
          "/etc/ssl/example.com/fullchain.pem": join(folder, "cert.pem"),
          "/etc/ssl/example.com/privkey.pem": join(folder, "key.pem"),
          ...settings.replacements,
        });
        const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
          (each) => `${each}_temp_path ${folder}/${each};`,
        );
        // Otherwise its workers change to a user who may not write here.
        const user = process.getuid?.() === 0 ? "user root; " : "";
        const config = `${user}daemon off; pid ${folder}/pid; error_log stderr; events {}\nhttp { access_log off; ${paths.join(" ")}\n${server}}\n`;
        writeFileSync(join(folder, "nginx.conf"), config);
        return ["-p", folder, "-c", join(folder, "nginx.conf")];
      }),
  },
  {
    name: "HAProxy",
    tool: HAPROXY,
    idleTime: "60s",
    start: (settings) =>
      start(HAPROXY, settings, (folder, ports) => {
        const config = replaced(read("haproxy.cfg"), {
          ":443": `:${ports.https}`,
          ":8443": `:${ports.rawSocket}`,
          "127.0.0.1:8080": `127.0.0.1:${settings.webSocketPort}`,
          "127.0.0.1:8081": `127.0.0.1:${settings.rawSocketPort}`,
          "/etc/haproxy/example.com.pem": join(folder, "both.pem"),
          ...settings.replacements,
        });
        writeFileSync(join(folder, "haproxy.cfg"), config);
        return ["-db", "-f", join(folder, "haproxy.cfg")];
      }),
  },
  {
    name: "Caddy",
    tool: CADDY,
    start: (settings) =>
      start(CADDY, settings, (folder, ports) => {
        const site = replaced(read("Caddyfile"), {
          "example.com {": `https://localhost:${ports.https} {\n\ttls ${folder}/cert.pem ${folder}/key.pem`,
          "127.0.0.1:8080": `127.0.0.1:${settings.webSocketPort}`,
          ...settings.replacements,
        });
        writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
        return ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"];
      }),
  },
];

/** @throws Error when a text that is to be replaced is not there. */
export function replaced(config: string, replacements: Replacements): string {
  let result = config;
  for (const [text, replacement] of Object.entries(replacements)) {
    if (!result.includes(text)) throw new Error(`the config does not contain ${text}`);
    result = result.replaceAll(text, replacement);
  }
  return result;
}

interface Ports {
  readonly https: number;
  readonly rawSocket: number;
}

async function start(
  { path }: Tool,
  { certificate }: ProxySettings,
  configure: (folder: string, ports: Ports) => readonly string[],
): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "kreuz-proxy-"));
  const { cert, key } = certificate;
  for (const [name, content] of Object.entries({ cert, key, both: cert + key }))
    writeFileSync(join(folder, `${name}.pem`), content);
  const ports: Ports = { https: await freePort(), rawSocket: await freePort() };
  const args = configure(folder, ports);
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(path!, args, { stdio: ["ignore", "pipe", "pipe"], env });
  let said = "";
  for (const output of [child.stdout, child.stderr]) output.on("data", (data: Buffer) => (said += data.toString()));
  const stop = (): Promise<void> => ended(child, folder);
  try {
    await until(`the proxy to listen; it said: ${said}`, async () => {
      if (child.exitCode !== null) throw new Error(`the proxy ended: ${said}`);
      return accepts(ports.https);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: ports.https, rawSocketPort: ports.rawSocket, stop };
}

async function ended(child: ChildProcess, folder: string): Promise<void> {
  const gone = child.exitCode !== null || new Promise((resolve) => void child.once("close", resolve));
  child.kill("SIGTERM");
  await gone;
  rmSync(folder, { recursive: true, force: true });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
