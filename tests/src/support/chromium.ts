// A page in a real browser, driven by the Chrome DevTools Protocol.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { findTool, type Tool } from "./tools.js";
import { inTime, until } from "./wait.js";

/** Chromium, if it is installed. */
export const CHROMIUM: Tool = findTool("chromium", "chromium-browser", "google-chrome");

const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly exceptionDetails?: unknown; readonly entry?: unknown };
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown };
}

/** One page. */
export class ChromiumPage {
  readonly #browser: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #requests = 0;
  /** Exceptions that nothing in the page caught. */
  readonly exceptions: string[] = [];

  static async open(url: string): Promise<ChromiumPage> {
    const profile = mkdtempSync(join(tmpdir(), "kreuz-chromium-"));
    const flags = [...FLAGS, `--user-data-dir=${profile}`, "--remote-debugging-port=0", url];
    const browser = spawn(CHROMIUM.path!, flags, { stdio: ["ignore", "ignore", "pipe"] });
    const devTools = await inTime("the browser to start", devToolsOf(browser));
    const socket = new WebSocket(await pageOf(devTools));
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const page = new ChromiumPage(browser, profile, socket);
    await page.#request("Runtime.enable", {});
    return page;
  }

  private constructor(browser: ChildProcess, profile: string, socket: WebSocket) {
    this.#browser = browser;
    this.#profile = profile;
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#receive(JSON.parse(data.toString("utf8")) as Answer));
  }

  /** The value of a JavaScript expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#request("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (result?.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails));
    return result?.result?.value;
  }

  /** Waits until the text of an element contains `text`. */
  async shows(selector: string, text: string): Promise<void> {
    const content = `document.querySelector(${JSON.stringify(selector)})?.textContent`;
    let shown: unknown;
    await until(`"${text}" in ${selector}`, async () => {
      shown = await this.evaluate(content);
      return String(shown).includes(text);
    }).catch((error: Error) => {
      throw new Error(`${error.message}; it shows "${String(shown)}"; ${this.exceptions.join(" ")}`);
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => void this.#browser.once("close", resolve));
    this.#socket.close();
    this.#browser.kill("SIGKILL");
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #request(method: string, params: object): Promise<Answer> {
    const id = ++this.#requests;
    const answered = new Promise<Answer>((resolve) => void this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return inTime(`the browser to answer ${method}`, answered);
  }

  #receive(answer: Answer): void {
    if (answer.method === "Runtime.exceptionThrown") this.exceptions.push(JSON.stringify(answer.params));
    if (answer.id === undefined) return;
    this.#answers.get(answer.id)?.(answer);
    this.#answers.delete(answer.id);
  }
}

/** The address of the DevTools, which the browser writes to standard error. */
function devToolsOf(browser: ChildProcess): Promise<URL> {
  return new Promise((resolve, reject) => {
    browser.once("error", reject).once("exit", () => reject(new Error("the browser ended while it started")));
    createInterface({ input: browser.stderr! }).on("line", (line) => {
      const url = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(new URL(url));
    });
  });
}

/** The WebSocket of the first page. */
async function pageOf({ host }: URL): Promise<string> {
  let url: string | undefined;
  await until("the browser's page", async () => {
    const targets = (await (await fetch(`http://${host}/json/list`)).json()) as {
      readonly type: string;
      readonly webSocketDebuggerUrl: string;
    }[];
    url = targets.find(({ type }) => type === "page")?.webSocketDebuggerUrl;
    return url !== undefined;
  });
  return url!;
}
