import { mkdtemp, readFile, rm, stat, chmod, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ticket, TicketAccounts } from "@kreuz/auth";
import { MessageType as M, type Connection } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { registryMeta } from "@kreuz/registry-meta";
import { allowAll, anonymous, createRouter, type LocalSession, type Plugin, type Router } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { listenWebSocket, type TransportListener } from "@kreuz/transport-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.js";

const REALM = "realm1";
let router: Router;
let listener: TransportListener;
let local: LocalSession;
let folder: string;

beforeAll(async () => {
  const store = new TicketAccounts({ joe: { authrole: "user", ticket: "secret!!!" } });
  router = await createRouter({
    realms: [
      { uri: REALM, authorizer: allowAll, plugins: [sessionMeta(), registryMeta()] },
      { uri: "private", authorizer: allowAll, authenticators: [ticket({ store })] },
      { uri: "other", authorizer: allowAll, plugins: [otherMeta] },
      { uri: "denied", authorizer: { authorize: () => false }, authenticators: [anonymous()] },
    ],
  });
  listener = await listenWebSocket(router, { codecs: [json], port: 0, path: "/ws" });
  local = router.connect(REALM);
  await local.register("com.example.add", ({ args: [a, b] }) => Number(a) + Number(b));
  await local.register("com.example.echo", ({ args, kwargs }) => ({ args, kwargs }));
  await local.register("com.example.count", async function* ({ args: [to] }) {
    for (let n = 1; n <= Number(to); n++) yield n;
  });
  await local.register(
    "com.example.endless",
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
  );
});

afterAll(async () => {
  await router.close();
  await listener.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kreuz-client-"));
  return () => rm(folder, { recursive: true });
});

/** A meta API as nexus has it. */
const otherMeta: Plugin = {
  name: "other",
  setup(realm) {
    realm.procedure("wamp.registration.list", () => ({ exact: [7], prefix: null, wildcard: null }));
    realm.procedure("wamp.registration.get", () => ({ id: 7, uri: "com.example.seven" }));
    realm.procedure("wamp.registration.count_callees", () => 1);
    realm.procedure("wamp.subscription.list", () => "nonsense");
    realm.procedure("wamp.session.list", () => [1, 2]);
  },
};

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Run {
  readonly outcome: Promise<Outcome>;
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** Waits until standard error has this text. */
  said(text: string): Promise<void>;
}

interface Settings {
  readonly stdin?: string;
  /** What a person types on a terminal. */
  readonly typed?: string;
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command as from a shell. */
function start(args: readonly string[], { stdin, typed, isTTY = false, env = {} }: Settings = {}): Run {
  const written = { stdout: "", stderr: "" };
  let changed = (): void => {};
  const to = (name: keyof typeof written, tty: boolean) => ({
    isTTY: tty,
    write: (text: string) => {
      written[name] += text;
      changed();
    },
  });
  const interrupt = new AbortController();
  const context = {
    cwd: folder,
    env: { KREUZ_URL: listener.url, XDG_CONFIG_HOME: folder, ...env },
    stdout: to("stdout", isTTY),
    stderr: to("stderr", false),
    interrupted: interrupt.signal,
    ...(stdin !== undefined && { stdin: Readable.from([stdin]) }),
    ...(typed !== undefined && { stdin: Object.assign(Readable.from([typed]), { isTTY: true }) }),
  };
  return {
    outcome: runCli(args, context).then((code) => ({ code, ...written })),
    interrupt: () => interrupt.abort(),
    said: (text) =>
      new Promise((resolve) => {
        changed = () => written.stderr.includes(text) && resolve();
        changed();
      }),
  };
}

const kreuz = (args: readonly string[], settings?: Settings): Promise<Outcome> => start(args, settings).outcome;
const parsed = ({ stdout }: Outcome): unknown[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

describe("kreuz call", () => {
  it("prints the result: JSON for machines, text on a terminal, the first argument with --raw", async () => {
    const args = ["call", "com.example.add", "2", "3"];
    expect(parsed(await kreuz(args))).toEqual([{ args: [5], kwargs: {}, details: {} }]);
    expect(await kreuz(args, { isTTY: true })).toEqual({ code: 0, stdout: "5\n", stderr: "" });
    expect(parsed(await kreuz([...args, "--json"], { isTTY: true }))).toEqual([{ args: [5], kwargs: {}, details: {} }]);
    expect((await kreuz([...args, "--raw"])).stdout).toBe("5\n");
  });

  it("reads arguments: JSON or text, files, standard input, keywords", async () => {
    await writeFile(join(folder, "list.json"), "[1,2]");
    const args = [
      "call",
      "com.example.echo",
      '{"a":1}',
      "text",
      "@list.json",
      "-",
      "-k",
      "k=true",
      "-k",
      "__proto__=1",
    ];
    const [
      {
        args: [echoed],
      },
    ] = parsed(await kreuz(args, { stdin: '{"in":1}' })) as [{ args: [unknown] }];
    expect(JSON.stringify(echoed)).toBe('{"args":[{"a":1},"text",[1,2],{"in":1}],"kwargs":{"k":true,"__proto__":1}}');
    const strings = await kreuz(["call", "com.example.echo", "-s", "1", "true", "--raw"]);
    expect(JSON.parse(strings.stdout)).toMatchObject({ args: ["1", "true"] });
  });

  it("prints progressive results as they come", async () => {
    const lines = parsed(await kreuz(["call", "com.example.count", "2", "--progress"]));
    expect(lines).toMatchObject([{ args: [1], details: { progress: true } }, { args: [2] }]);
  });

  it("escapes what could change the terminal", async () => {
    const { stdout } = await kreuz(["call", "com.example.echo", "\u001b[2J", "--raw"], { isTTY: true });
    expect(stdout).not.toContain("\u001b");
  });

  it("ends with 4 and the URI for an ERROR, 5 when time runs out, 130 at Ctrl-C", async () => {
    const missing = await kreuz(["call", "com.example.missing"]);
    expect(missing).toMatchObject({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining("wamp.error.no_such_procedure"),
    });
    expect(await kreuz(["call", "com.example.endless", "--timeout", "20ms"])).toMatchObject({ code: 5, stdout: "" });
    const run = start(["call", "com.example.endless", "--wire"]);
    await run.said("→ CALL");
    run.interrupt();
    expect(await run.outcome).toMatchObject({ code: 130 });
  });

  it("shows the messages with --wire, and no secret among them", async () => {
    const env = { KREUZ_TICKET: "secret!!!" };
    const { stderr } = await kreuz(["call", "x.y", "--wire", "--realm", "private", "--authid", "joe"], { env });
    for (const line of ["→ HELLO", "← CHALLENGE", "→ AUTHENTICATE", "← WELCOME", "→ CALL", "← ERROR"])
      expect(stderr).toContain(line);
    expect(stderr).not.toContain("secret!!!");
  });
});

describe("connecting", () => {
  it("ends with 2 where nobody listens, or the connection is lost", async () => {
    const refused = await kreuz(["call", "x.y", "--url", "ws://127.0.0.1:1/ws"]);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot connect to ws://127.0.0.1:1/ws"),
    });
    const script = await listenWebSocket(
      {
        accept: (connection: Connection) => ({
          onFrame(frame: Uint8Array) {
            const welcome = { type: M.WELCOME, session: 1, details: { roles: { dealer: {} } } } as const;
            if (json.decode(frame).type === M.HELLO) connection.sendMessage(welcome);
            else connection.close("going-away");
          },
          onDrain() {},
          onClose() {},
        }),
      },
      { codecs: [json], port: 0 },
    );
    expect(await kreuz(["call", "x.y", "--url", script.url])).toMatchObject({ code: 2, stdout: "" });
    await script.close();
  });

  it("ends with 3 when the router refuses: the realm, the login", async () => {
    const realm = await kreuz(["call", "x.y", "--realm", "nowhere"]);
    expect(realm).toMatchObject({ code: 3, stderr: expect.stringContaining("wamp.error.no_such_realm") });
    const login = await kreuz(["call", "x.y", "--realm", "private", "--authid", "joe"], {
      env: { KREUZ_TICKET: "wrong" },
    });
    expect(login).toMatchObject({ code: 3, stderr: expect.stringContaining("wamp.error.authentication_denied") });
  });

  it("ends with 1 for wrong usage", async () => {
    for (const args of [
      ["call"],
      ["call", "x.y", "--timeout", "soon"],
      ["call", "x.y", "--url", "http://a"],
      ["call", "x.y", "-k", "novalue"],
      ["call", "x.y", "@missing"],
      ["call", "x.y", "--profile", "missing"],
      ["call", "x.y", "--codec", "xml"],
      ["call", "x.y", "--ticket-file", "-", "--authid", "joe"],
      ["register", "x.y"],
      ["kill"],
      ["kill", "1", "--all", "--yes"],
      ["kill", "1"],
      ["profile", "add"],
    ])
      expect({ args, ...(await kreuz(args)) }).toMatchObject({
        args,
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(/./),
      });
  });

  it("reads a secret from a file, and never from a flag", async () => {
    await writeFile(join(folder, "ticket"), "secret!!!\n");
    const args = ["publish", "x.y", "--realm", "private", "--authid", "joe", "--ticket-file", "ticket"];
    expect(await kreuz(args)).toMatchObject({ code: 0 });
    const { stdout } = await kreuz(["call", "--help"]);
    expect(stdout.match(/--[\w-]*(?:ticket|secret|password|key)[\w-]* <\w+>/g)).toEqual([
      "--ticket-file <file>",
      "--secret-file <file>",
      "--password-file <file>",
      "--key-file <file>",
      "--tls-key <file>",
    ]);
  });
});

describe("kreuz publish and subscribe", () => {
  it("events are printed until as many came as were asked for", async () => {
    const run = start(["subscribe", "com.example.news", "--count", "2"]);
    await run.said("subscribed to com.example.news");
    expect(await kreuz(["publish", "com.example.news", "1", "-k", "a=b"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect((await kreuz(["publish", "com.example.news", "--stdin"], { stdin: '"x"\n{"args":[3]}\n' })).code).toBe(0);
    const outcome = await run.outcome;
    expect(outcome.code).toBe(0);
    expect(parsed(outcome)).toMatchObject([
      { topic: "com.example.news", args: [1], kwargs: { a: "b" } },
      { args: ["x"] },
    ]);
  });

  it("ends with 5 when fewer came in time, 0 when none were asked for, 130 at Ctrl-C", async () => {
    const subscribe = ["subscribe", "com.example.quiet"];
    expect(await kreuz([...subscribe, "--count", "1", "--for", "10ms"])).toMatchObject({ code: 5 });
    expect(await kreuz([...subscribe, "--for", "10ms"])).toMatchObject({ code: 0, stdout: "" });
    const run = start(subscribe);
    await run.said("subscribed");
    run.interrupt();
    expect((await run.outcome).code).toBe(130);
  });

  it("runs a command for each event, which gets it as JSON", async () => {
    const run = start(["subscribe", "com.example.", "--match", "prefix", "--count", "1", "--exec", "cat", "--raw"]);
    await run.said("subscribed");
    await kreuz(["publish", "com.example.run", "7"]);
    expect(JSON.parse((await run.outcome).stdout)).toMatchObject({ topic: "com.example.run", args: [7] });
  });

  it("publishes several times, and says when it is not allowed to", async () => {
    let events = 0;
    const subscription = await local.subscribe("com.example.often", () => events++);
    expect((await kreuz(["publish", "com.example.often", "--count", "3", "--every", "1ms"])).code).toBe(0);
    expect(events).toBe(3);
    await subscription.unsubscribe();
    expect(await kreuz(["publish", "x.y", "--realm", "denied"])).toMatchObject({ code: 4 });
    expect(await kreuz(["publish", "x.y", "--realm", "denied", "--no-ack"])).toMatchObject({ code: 0 });
    expect(await kreuz(["publish", "x.y", "--stdin"], { stdin: "nonsense" })).toMatchObject({ code: 1 });
  });
});

describe("kreuz register", () => {
  it.each<readonly [string, readonly string[], unknown]>([
    ["--echo", ["--echo"], { args: [1] }],
    ["--value", ["--value", '{"a":1}'], { args: [{ a: 1 }] }],
    ["--exec", ["--exec", "cat"], { args: [{ procedure: "com.example.cli", args: [1] }] }],
    ["--module", ["--module", "answer.mjs"], { args: [2] }],
  ])("answers calls with %s until Ctrl-C", async (_flag, flags, expected) => {
    await writeFile(join(folder, "answer.mjs"), "export default ({ args }) => args[0] + 1;");
    const run = start(["register", "com.example.cli", ...flags]);
    await run.said("registered com.example.cli");
    expect(await local.call("com.example.cli", [1])).toMatchObject(expected as object);
    run.interrupt();
    const outcome = await run.outcome;
    expect(outcome.code).toBe(130);
    expect(parsed(outcome)).toMatchObject([{ topic: "com.example.cli", args: [1] }]);
  });

  it("tells the caller of a command that fails, and ends with 4 for a procedure that exists", async () => {
    const run = start(["register", "com.example.cli", "--exec", "exit 3"]);
    await run.said("registered");
    await expect(local.call("com.example.cli")).rejects.toMatchObject({ uri: "wamp.error.runtime_error" });
    run.interrupt();
    await run.outcome;
    expect(await kreuz(["register", "com.example.add", "--echo"])).toMatchObject({ code: 4 });
  });
});

describe("kreuz sessions, subscriptions, registrations, kill", () => {
  it("lists what the meta API knows, filtered", async () => {
    const run = start(["subscribe", "com.example.listed"]);
    await run.said("subscribed");
    const sessions = parsed(await kreuz(["sessions"])) as Array<{ session: number; authrole: string }>;
    expect(sessions.length).toBe(2);
    expect(parsed(await kreuz(["sessions", String(sessions[0]!.session)]))).toHaveLength(1);
    expect((await kreuz(["sessions", "--text", "nobody of this name"])).stdout).toBe("");
    expect((await kreuz(["sessions", "--authrole", "other"])).stdout).toBe("");
    const subscriptions = parsed(await kreuz(["subscriptions", "--text", "listed"]));
    expect(subscriptions).toMatchObject([{ uri: "com.example.listed", match: "exact", subscribers: 1 }]);
    const registrations = parsed(await kreuz(["registrations", "--limit", "1"]));
    expect(registrations).toMatchObject([{ uri: "com.example.add", callees: 1 }]);
    const table = await kreuz(["registrations"], { isTTY: true });
    expect(table.stdout).toMatch(/^id +uri +match +invoke +callees +created\n/);
    expect(table.stderr).toBe("4 registrations\n");
    expect(await kreuz(["sessions", "1"])).toMatchObject({ code: 4 });
    run.interrupt();
    await run.outcome;
  });

  it("lists what other routers answer, and says so when that is no list", async () => {
    const listed = await kreuz(["registrations", "--realm", "other"]);
    expect(parsed(listed)).toEqual([{ id: 7, uri: "com.example.seven", callees: 1 }]);
    const wrong = await kreuz(["subscriptions", "--realm", "other"]);
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining("wamp.subscription.list") });
    expect(await kreuz(["sessions", "--realm", "other"])).toMatchObject({ code: 4, stdout: "" });
  });

  it("--watch lists again and again until Ctrl-C", async () => {
    const run = start(["registrations", "--watch", "1ms", "--wire"]);
    await run.said("→ CALL");
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    run.interrupt();
    const outcome = await run.outcome;
    expect(outcome.code).toBe(130);
    expect(parsed(outcome).length).toBeGreaterThan(4);
  });

  it("asks on a terminal before it ends sessions, and for a secret", async () => {
    const kill = ["kill", "--authrole", "nobody"];
    const question = 'End all sessions with role "nobody"? [y/N] ';
    expect(await kreuz(kill, { typed: "n\n" })).toMatchObject({ code: 1, stderr: expect.stringContaining(question) });
    expect(await kreuz(kill, { typed: "y\n" })).toMatchObject({ code: 0, stdout: '{"killed":0}\n' });
    const login = ["publish", "x.y", "--realm", "private", "--authid", "joe", "--ticket-file", "-"];
    const asked = await kreuz(login, { typed: "secret!!!\n" });
    expect(asked).toMatchObject({ code: 0, stderr: "Ticket (hidden): \n" });
  });

  it("ends sessions, with a reason; the command of a session that was ended says so with 2", async () => {
    const run = start(["subscribe", "com.example.victim"]);
    await run.said("subscribed");
    const [victim] = parsed(await kreuz(["sessions"])) as Array<{ session: number }>;
    const killed = await kreuz([
      "kill",
      String(victim!.session),
      "--yes",
      "--reason",
      "com.example.out",
      "--message",
      "bye",
    ]);
    expect(parsed(killed)).toEqual([{ killed: 1 }]);
    expect(await run.outcome).toMatchObject({ code: 2, stderr: expect.stringContaining("bye") });
    expect(parsed(await kreuz(["kill", "--by-authid", "nobody", "--yes"]))).toEqual([{ killed: 0 }]);
    expect(parsed(await kreuz(["kill", "--authrole", "nobody", "--yes"]))).toEqual([{ killed: 0 }]);
    expect(parsed(await kreuz(["kill", "--all", "--yes"]))).toEqual([{ killed: 0 }]);
    expect(await kreuz(["kill", "7", "--yes"])).toMatchObject({ code: 4 });
  });
});

describe("kreuz bench, profile, completion", () => {
  it.each(["rpc", "pubsub", "fanout"])("bench %s prints a rate and times", async (load) => {
    const outcome = await kreuz(["bench", load, "--clients", "2", "--pending", "2", "--for", "50ms"]);
    expect(outcome.code).toBe(0);
    const [result] = parsed(outcome) as [{ perSecond: number; p50Ms: number; p999Ms: number }];
    expect(result).toMatchObject({ load });
    expect(result.perSecond).toBeGreaterThan(0);
    expect(result.p999Ms).toBeGreaterThanOrEqual(result.p50Ms);
  });

  it("profiles keep settings, readable by nobody else", async () => {
    const add = [
      "profile",
      "add",
      "home",
      "--url",
      listener.url,
      "--realm",
      "private",
      "--authid",
      "joe",
      "--ticket-file",
      "t",
    ];
    expect(await kreuz(add)).toEqual({ code: 0, stdout: "", stderr: "" });
    await kreuz(["profile", "add", "other", "--url", "ws://127.0.0.1:1/"]);
    expect(parsed(await kreuz(["profile", "list"]))).toMatchObject([
      { name: "home", current: true, realm: "private", authid: "joe" },
      { name: "other", current: false },
    ]);
    const file = join(folder, "kreuz", "profiles.yaml");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(join(folder, "t"), "secret!!!");
    expect(await kreuz(["publish", "x.y"])).toMatchObject({ code: 0 });
    await kreuz(["profile", "use", "other"]);
    expect(await readFile(file, "utf8")).toContain("current: other");
    await kreuz(["profile", "remove", "other"]);
    expect(parsed(await kreuz(["profile", "list"]))).toHaveLength(1);
    await chmod(file, 0o644);
    expect(await kreuz(["publish", "x.y"])).toMatchObject({ code: 1, stderr: expect.stringContaining("chmod 600") });
  });

  it.each(["bash", "zsh", "fish"])("completion for %s has every command and option", async (shell) => {
    const { stdout } = await kreuz(["completion", shell]);
    for (const word of ["subscribe", "completion", "start", "timeout", "rpc"]) expect(stdout).toContain(word);
  });
});

it("standard output of every command that prints data is JSON, one object a line", async () => {
  for (const args of [
    ["call", "com.example.add", "1", "2"],
    ["subscribe", "com.example.none", "--for", "1ms"],
    ["sessions"],
    ["subscriptions"],
    ["registrations"],
    ["profile", "list"],
    ["bench", "rpc", "--for", "1ms"],
  ]) {
    const outcome = await kreuz([...args, "--json"], { isTTY: true });
    expect({ args, code: outcome.code }).toEqual({ args, code: 0 });
    for (const line of outcome.stdout.split("\n").filter((each) => each !== ""))
      expect(JSON.parse(line)).toBeTypeOf("object");
  }
});
