import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_ADMIN_PORT } from "../config/admin-schema.js";
import { StartError } from "../run/errors.js";
import type { CliContext } from "./cli-context.js";

/** Where the admin listener is by default. */
export const DEFAULT_ADMIN_URL: string = `http://127.0.0.1:${DEFAULT_ADMIN_PORT}`;

const TIMEOUT_MS = 3000;
const POLL_MS = 200;
const UNIX = "http+unix:";

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** `kreuz health`: asks a running router whether it is ready, or with `live` whether it lives. @throws StartError if not. */
export async function health(url: string, live: boolean, { stdout }: CliContext): Promise<void> {
  const { status, body } = await get(url, live ? "/healthz" : "/readyz");
  if (status !== 200) throw new StartError(`not ready: ${reasonsIn(body).join(", ") || `HTTP ${status}`}`);
  stdout.write(live ? "alive\n" : "ready\n");
}

/**
 * `kreuz drain`: makes a running router send its clients away, and waits until they are gone, if it has an admin listener.
 *
 * @throws StartError if there is no such process, or it is not this user's.
 */
export async function drain(pid: number, url: string, { stdout }: CliContext): Promise<void> {
  const observable = await get(url, "/readyz").then(
    () => true,
    () => false,
  );
  try {
    process.kill(pid, "SIGUSR2");
  } catch (error) {
    throw new StartError(`cannot signal process ${pid}: ${(error as Error).message}`, { cause: error });
  }
  stdout.write("draining\n");
  if (!observable)
    return void stdout.write(`${url} does not answer, so that the end cannot be seen here; see the log\n`);
  for (;;) {
    await sleep(POLL_MS);
    const answer = await get(url, "/readyz").catch(() => undefined);
    if (answer === undefined) return void stdout.write("the router has stopped\n");
    if (reasonsIn(answer.body).includes("drained")) return void stdout.write("drained\n");
  }
}

function reasonsIn(body: string): readonly string[] {
  try {
    const { because } = JSON.parse(body) as { readonly because?: unknown };
    return Array.isArray(because) ? because.map(String) : [];
  } catch {
    return [];
  }
}

/** @param url - of the admin listener: `http://host:port`, or `http+unix:/path`. */
function get(url: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new StartError(`${url} does not answer: ${error.message}`, { cause: error }));
    const onUnix = url.startsWith(UNIX);
    const target = new URL(path, onUnix ? "http://localhost" : url);
    const options = { timeout: TIMEOUT_MS, ...(onUnix ? { socketPath: url.slice(UNIX.length) } : {}) };
    const asked = request(target, options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", fail);
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    asked.on("error", fail);
    asked.end();
  });
}
