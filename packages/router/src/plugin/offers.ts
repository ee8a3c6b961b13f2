import { ConfigError, suggestion } from "@kreuz/codec";
import type { Answer } from "../session/session-directory.js";

/** Who sent an HTTP request. */
export interface RequestOrigin {
  /** Address and port, or the address that a trusted proxy named; `undefined` on a Unix socket. */
  readonly peer: string | undefined;
  readonly tls: boolean;
}

/** Answers HTTP requests, in the terms of the Fetch standard. `request.signal` aborts when nobody waits for the answer any more. */
export type HttpHandler = (request: Request, from: RequestOrigin) => Answer<Response>;

/** What the plugins of a realm, or of the router, offer to be mounted, by `<plugin>/<name>`. */
export class Offers {
  readonly #handlers = new Map<string, HttpHandler>();

  /** @returns a function that takes it back. @throws ConfigError for a name that is taken. */
  add(plugin: string, name: string, handle: HttpHandler): () => void {
    const key = `${plugin}/${name}`;
    if (this.#handlers.has(key)) throw new ConfigError("offer", `plugin "${plugin}" offers "${name}" already`);
    this.#handlers.set(key, handle);
    return () => void this.#handlers.delete(key);
  }

  get names(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  /** What is offered by this name at present. */
  get(name: string): HttpHandler | undefined {
    return this.#handlers.get(name);
  }

  /** @throws ConfigError that names what is offered, when this is not. */
  check(name: string, by: string): void {
    if (this.#handlers.has(name)) return;
    const known = this.names;
    const remedy = suggestion(name, known) || (known.length === 0 ? "" : `; there are ${known.join(", ")}`);
    throw new ConfigError("offer", `no plugin of ${by} offers "${name}"${remedy}`);
  }
}
