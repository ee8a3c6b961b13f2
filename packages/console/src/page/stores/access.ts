import type { ConsoleInfo } from "@kreuz/admin/contract";
import { type AuthMethod, ConnectError, type Session, SessionEndedError } from "@kreuz/client";
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { authMethods, developerCredentials, nextToken, offeredMethods, type Credentials } from "../api/login.js";
import { problemOf } from "../api/problem.js";

/** Whether somebody is logged in. `problem`: why not, or not any more. */
export type AccessState =
  | { readonly phase: "loading" }
  | { readonly phase: "out"; readonly info: ConsoleInfo | undefined; readonly problem?: string }
  | { readonly phase: "connecting"; readonly info: ConsoleInfo }
  | { readonly phase: "in"; readonly info: ConsoleInfo; readonly session: Session };

/** What the login needs of its surroundings. */
export interface AccessOutside {
  fetchInfo(): Promise<ConsoleInfo>;
  connect(info: ConsoleInfo, auth: readonly AuthMethod[]): Promise<Session>;
}

/** The connection to the router: who is logged in, and whether it is lost at the moment. */
export class Access {
  readonly #outside: AccessOutside;
  readonly #state: Signal<AccessState> = signal({ phase: "loading" });
  /** Why the connection is lost; undefined while it is open. */
  readonly #lost: Signal<string | undefined> = signal(undefined);
  #token: string | undefined;
  #session: Session | undefined;

  constructor(outside: AccessOutside) {
    this.#outside = outside;
  }

  get state(): ReadonlySignal<AccessState> {
    return this.#state;
  }

  get lost(): ReadonlySignal<string | undefined> {
    return this.#lost;
  }

  /** The token for the next login, for a page that is loaded again; undefined after any other login. */
  get token(): string | undefined {
    return this.#session?.state === "closed" ? undefined : this.#token;
  }

  /** @param token - of the one-time link, if the page was opened by it. */
  async start(token: string | undefined): Promise<void> {
    let info: ConsoleInfo;
    try {
      info = await this.#outside.fetchInfo();
    } catch (error) {
      this.#state.value = { phase: "out", info: undefined, problem: problemOf(error) };
      return;
    }
    if (token === undefined) {
      this.#state.value = { phase: "out", info };
      return;
    }
    this.#token = token;
    await this.#connect(
      info,
      ["ticket"],
      developerCredentials(() => this.#token ?? ""),
    );
  }

  /** @param method - one method, or all that the router and this page know. */
  async signIn(credentials: Credentials, method: string | undefined): Promise<void> {
    const state = this.#state.value;
    if (state.phase !== "out" || state.info === undefined) return;
    await this.#connect(state.info, method === undefined ? offeredMethods(state.info) : [method], credentials);
  }

  async signOut(): Promise<void> {
    this.#token = undefined;
    await this.#session?.close();
  }

  async #connect(info: ConsoleInfo, methods: readonly string[], credentials: Credentials): Promise<void> {
    this.#state.value = { phase: "connecting", info };
    try {
      const session = await this.#outside.connect(info, authMethods(methods, credentials));
      this.#session = session;
      this.#token = nextToken(session);
      session.onState((state, cause) => this.#changed(info, session, state, cause));
      this.#lost.value = undefined;
      this.#state.value = { phase: "in", info, session };
    } catch (error) {
      const used = this.#token !== undefined;
      this.#token = undefined;
      this.#state.value = { phase: "out", info, problem: refusal(error, used) };
    }
  }

  #changed(info: ConsoleInfo, session: Session, state: Session["state"], cause: Error | undefined): void {
    if (state === "open") {
      this.#token = nextToken(session) ?? this.#token;
      this.#lost.value = undefined;
    } else if (state === "connecting") {
      this.#lost.value = cause?.message ?? "the connection was lost";
    } else {
      const problem = cause === undefined ? {} : { problem: ending(cause, this.#token !== undefined) };
      this.#lost.value = undefined;
      this.#state.value = { phase: "out", info, ...problem };
    }
  }
}

const USED_LINK =
  "This link was good once, and has been used. Take the one that the router has printed at its last start.";

/** Why a login failed, and what to do about it. */
function refusal(error: unknown, byLink: boolean): string {
  // What was typed cannot be used: a key that is none.
  if (error instanceof TypeError) return problemOf(error);
  if (!(error instanceof ConnectError)) return `The router cannot be reached: ${problemOf(error)}`;
  const isDenial =
    error.reason.startsWith("wamp.error.authentication") || error.reason === "wamp.error.no_such_principal";
  if (byLink && isDenial) return USED_LINK;
  if (isDenial) return "Name or secret is wrong.";
  return problemOf(error);
}

function ending(cause: Error, byLink: boolean): string {
  const { cause: inner } = cause;
  if (inner instanceof ConnectError) return refusal(inner, byLink);
  if (cause instanceof SessionEndedError && cause.reason === "wamp.close.killed")
    return "An operator closed your session.";
  return `The router ended the session: ${cause.message}`;
}
