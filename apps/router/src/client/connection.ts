import { ADMIN_WEBSOCKET_PATH, DEFAULT_ADMIN_REALM, DEVELOPER, type NextToken } from "@kreuz/admin";
import { type AuthMethod, connect, type Session, ticket, type Transport } from "@kreuz/client";
import { rawSocket, webSocket } from "@kreuz/client/node";
import { messageName, type Codec, type Message } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { ClientTlsOptions } from "@kreuz/transport-node";
import type { CliContext } from "../cli/cli-context.js";
import { version } from "../version.js";
import { CommandFailure, ExitCode, failureOf } from "./exit-codes.js";
import { readText } from "./input.js";
import { jsonOf } from "./output.js";
import { Profiles, type Profile } from "./profiles.js";
import { loginOf } from "./secrets.js";

/** Flags of every command over WAMP. */
export interface ConnectFlags extends Profile {
  readonly profile?: string;
  /** Prints all messages on standard error. */
  readonly wire?: boolean;
}

const CODECS: Readonly<Record<string, Codec>> = { json, msgpack, cbor };
export const CODEC_NAMES: readonly string[] = Object.keys(CODECS);

/** Where a command connects to, from flags, environment and profile, in this order. */
export interface Target {
  readonly url: string;
  readonly realm: string;
  readonly settings: Profile;
}

/** How a command uses its session. */
export interface Purpose {
  /** Connects again when the connection is lost: for commands that run until they are interrupted. Default false. */
  readonly stays?: boolean;
  /** For operators: the admin listener and its realm. Default false. */
  readonly admin?: boolean;
}

const ADMIN_URL = "ws://127.0.0.1:9080/ws";

/** Where a command for operators connects to. Environment and profile in use name the realm of clients, so they do not count. */
async function adminTargetOf(flags: ConnectFlags, context: CliContext): Promise<Target> {
  const profile = flags.profile === undefined ? {} : await new Profiles(context).find(flags.profile);
  const settings: Profile = { ...profile, ...flags };
  const url = settings.url ?? context.env["KREUZ_ADMIN_URL"] ?? ADMIN_URL;
  return { url, realm: settings.realm ?? DEFAULT_ADMIN_REALM, settings };
}

/** @throws CommandFailure */
export async function targetOf(flags: ConnectFlags, context: CliContext): Promise<Target> {
  const { KREUZ_URL, KREUZ_REALM, KREUZ_PROFILE } = context.env;
  const settings: Profile = {
    ...(await new Profiles(context).find(flags.profile ?? KREUZ_PROFILE)),
    ...(KREUZ_URL !== undefined && { url: KREUZ_URL }),
    ...(KREUZ_REALM !== undefined && { realm: KREUZ_REALM }),
    ...flags,
  };
  return { url: settings.url ?? "ws://127.0.0.1:8080/ws", realm: settings.realm ?? "realm1", settings };
}

/** Joins the realm as flags, environment and profile say. */
export async function join(
  flags: ConnectFlags,
  context: CliContext,
  signal?: AbortSignal,
  { stays = false, admin = false }: Purpose = {},
): Promise<Session> {
  const { url: given, realm, settings } = await (admin ? adminTargetOf : targetOf)(flags, context);
  const link = admin ? linkOf(given) : undefined;
  const url = link?.url ?? given;
  const transport = await transportOf(url, settings, context);
  const auth = link?.token === undefined ? await loginOf(settings, context) : [link.login()];
  try {
    const session = await connect({
      transport: flags.wire === true ? traced(transport, context) : transport,
      realm,
      auth,
      reconnect: stays && {},
      agent: `kreuz ${version()}`,
      exposeErrors: true,
      onError: (error, what) => context.stderr.write(`kreuz: ${what}: ${String(error)}\n`),
      ...(signal !== undefined && { signal }),
    });
    link?.used(session, context);
    return session;
  } catch (error) {
    const failure = failureOf(error);
    if (failure instanceof CommandFailure || signal?.aborted === true) throw failure;
    throw new CommandFailure(ExitCode.UNREACHABLE, `cannot connect to ${url}: ${textOf(error)}`, { cause: error });
  }
}

/** The link of a development start, or the address of its console. */
function linkOf(url: string): AdminLink | undefined {
  return /^https?:\/\//.test(url) ? new AdminLink(url) : undefined;
}

/** Logs in with the token of a link; each login brings the next one. */
class AdminLink {
  readonly url: string;
  readonly #origin: string;
  token: string | undefined;

  constructor(link: string) {
    const { origin, hash } = new URL(link);
    this.#origin = origin;
    this.url = `${origin.replace(/^http/, "ws")}${ADMIN_WEBSOCKET_PATH}`;
    this.token = /^#token=(.+)$/.exec(hash)?.[1];
  }

  login(): AuthMethod {
    return ticket(DEVELOPER, () => this.token!);
  }

  /** Keeps the next token, and tells the user, who has used up the link. */
  used(session: Session, { stderr }: CliContext): void {
    if (this.token === undefined) return;
    const keep = (): void => {
      const { token } = (session.details["authextra"] ?? {}) as Partial<NextToken>;
      this.token = token ?? this.token;
    };
    keep();
    session.onState((state) => state === "open" && keep());
    stderr.write(`the link is used up; the next one: ${this.#origin}/#token=${this.token}\n`);
  }
}

async function transportOf(url: string, settings: Profile, context: CliContext): Promise<Transport> {
  const codec = CODECS[settings.codec ?? "json"];
  if (codec === undefined)
    throw new CommandFailure(ExitCode.USAGE, `--codec: expected one of ${CODEC_NAMES.join(", ")}`);
  const read = async (file: string | undefined): Promise<string | undefined> =>
    file === undefined ? undefined : readText(file, context);
  const [ca, cert, key] = [await read(settings.tlsCa), await read(settings.tlsCert), await read(settings.tlsKey)];
  const tls: ClientTlsOptions = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  if (/^wss?(?:\+unix)?:/.test(url)) return webSocket(url, { codecs: [codec], tls });
  if (/^rss?(?::|\+unix:)/.test(url)) return rawSocket(url, { codec, tls });
  throw new CommandFailure(
    ExitCode.USAGE,
    `--url: expected ws://, wss://, rs://, rss:// or a Unix socket, got "${url}"`,
  );
}

/** Shows each message on standard error. What logs in is left out. */
function traced(transport: Transport, { stderr }: CliContext): Transport {
  const show = (arrow: string, message: Message): void => {
    const { type, ...fields } = message;
    const payload = "payload" in message ? { args: message.payload.args, kwargs: message.payload.kwargs } : undefined;
    const safe = "signature" in fields ? { ...fields, signature: "…", extra: "…" } : fields;
    stderr.write(
      `${arrow} ${messageName(type) ?? type} ${jsonOf(payload === undefined ? safe : { ...safe, payload })}\n`,
    );
  };
  return {
    async open(events, signal) {
      const link = await transport.open(
        {
          onMessage(message) {
            show("←", message);
            events.onMessage(message);
          },
          onClose: (error) => events.onClose(error),
        },
        signal,
      );
      return {
        send(message) {
          show("→", message);
          link.send(message);
        },
        close: () => link.close(),
        ready: () => link.ready(),
        channelBinding: (type) => link.channelBinding?.(type),
      };
    },
  };
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
