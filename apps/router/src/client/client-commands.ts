import { Argument, type Command, Option } from "commander";
import { choices } from "../cli/choices.js";
import type { CliContext } from "../cli/cli-context.js";
import { bench, BENCH_LOADS, type BenchFlags } from "./bench-command.js";
import { call, type CallFlags } from "./call-command.js";
import { completion, SHELLS } from "./completion.js";
import { realms, stats, type StatsFlags } from "./admin-commands.js";
import { CODEC_NAMES, type ConnectFlags } from "./connection.js";
import { kill, type KillFlags } from "./kill-command.js";
import { list, type ListFlags, type Listing } from "./list-commands.js";
import type { OutputFlags } from "./output.js";
import { profile } from "./profile-command.js";
import type { Profile } from "./profiles.js";
import { publish, type PublishFlags } from "./publish-command.js";
import { register, type RegisterFlags } from "./register-command.js";
import { SORTS, top, type TopFlags } from "./top-command.js";
import { subscribe, type SubscribeFlags } from "./subscribe-command.js";

const MATCHES = ["exact", "prefix", "wildcard"];
const POLICIES = ["single", "first", "last", "roundrobin", "random"];

/** Adds the commands that are clients of a router, of any WAMP router. */
export function addClientCommands(program: Command, context: CliContext): void {
  addCalls(program, context);
  addEvents(program, context);
  addListings(program, context);
  addOperations(program, context);
  addOthers(program, context);
}

function addCalls(program: Command, context: CliContext): void {
  overWamp(program.command("call"), "data")
    .description("call a procedure and print its results")
    .argument("<uri>", "the procedure")
    .argument("[arg...]", "JSON or text; @file for a file's content, - for one JSON value from standard input")
    .addOption(kwargs())
    .addOption(strings())
    .addOption(wampOptions())
    .option("--progress", "print progressive results as they come")
    .addOption(choices(new Option("--cancel-mode <mode>", "how Ctrl-C cancels"), ["skip", "kill", "killnowait"]))
    .option("--timeout <time>", "give up after this time, such as 5s")
    .action((uri: string, args: string[], flags: CallFlags) => call(uri, args, flags, context));
  overWamp(program.command("register"), "data")
    .description("register a procedure, print its calls and answer them until Ctrl-C")
    .argument("<uri>", "the procedure")
    .option("--echo", "answer with the arguments")
    .option("--value <json>", "answer with this value")
    .option("--exec <command>", "answer with what the command prints; it gets the call as JSON")
    .option("--module <file>", "answer with the function that the module exports by default")
    .addOption(choices(new Option("--match <policy>", "how the URI matches"), MATCHES))
    .addOption(choices(new Option("--invoke <policy>", "how calls are shared with others"), POLICIES))
    .option("--concurrency <n>", "calls at once")
    .action((uri: string, flags: RegisterFlags) => register(uri, flags, context));
}

function addEvents(program: Command, context: CliContext): void {
  overWamp(program.command("publish"))
    .description("publish an event")
    .argument("<topic>", "the topic")
    .argument("[arg...]", "as for call")
    .addOption(kwargs())
    .addOption(strings())
    .addOption(wampOptions())
    .option("--no-ack", "do not wait for the router's acknowledgement")
    .option("--stdin", "publish one event for each line of standard input: JSON")
    .option("--count <n>", "publish it so many times")
    .option("--every <time>", "wait between events, such as 1s")
    .action((topic: string, args: string[], flags: PublishFlags) => publish(topic, args, flags, context));
  overWamp(program.command("subscribe"), "data")
    .description("print events until Ctrl-C")
    .argument("<topic...>", "topics or patterns")
    .addOption(choices(new Option("--match <policy>", "how the topics match"), MATCHES))
    .option("--count <n>", "end after so many events")
    .option("--for <time>", "end after this time, such as 10s")
    .option("--retained", "also the retained event of each topic")
    .option("--exec <command>", "run a command for each event, which it gets as JSON")
    .action((topics: string[], flags: SubscribeFlags) => subscribe(topics, flags, context));
}

function addListings(program: Command, context: CliContext): void {
  const listing = (what: Listing): Command =>
    overWamp(program.command(what), "data")
      .description(`list the ${what} of the realm, or show one`)
      .argument("[id]", "show this one alone")
      .option("--text <text>", "only those that contain it")
      .option("--limit <n>", "at most so many; default 100")
      .option("--watch <time>", "list again after this time, such as 2s, until Ctrl-C")
      .action((id: string | undefined, flags: ListFlags) => list(what, id, flags, context));
  listing("sessions")
    .option("--by-authid <authid>", "only sessions of this authid")
    .option("--authrole <role>", "only sessions with this role");
  listing("subscriptions");
  listing("registrations");
  overWamp(program.command("kill"), "data")
    .description("end sessions")
    .argument("[id...]", "their ids")
    .option("--by-authid <authid>", "all sessions of this authid")
    .option("--authrole <role>", "all sessions with this role")
    .option("--all", "all sessions of the realm but this one")
    .option("--reason <uri>", "the reason of GOODBYE")
    .option("--message <text>", "a text for people")
    .option("--yes", "do not ask")
    .action((ids: string[], flags: KillFlags) => kill(ids, flags, context));
}

/** For operators of a Kreuz router, over its admin listener. */
function addOperations(program: Command, context: CliContext): void {
  overWamp(program.command("realms"), "data")
    .description("list the realms of a Kreuz router, over its admin listener")
    .action((flags: ConnectFlags & OutputFlags) => realms(flags, context));
  overWamp(program.command("stats"), "data")
    .description("print the numbers of a Kreuz router, over its admin listener")
    .argument("[realm]", "this realm alone")
    .option("--watch <time>", "print them again after this time, such as 2s, until Ctrl-C")
    .action((realm: string | undefined, flags: StatsFlags) => stats(realm, flags, context));
  overWamp(program.command("top"), "data")
    .description("watch a Kreuz router and its busiest sessions, over its admin listener")
    .argument("[realm]", "the realm whose sessions are shown; default the one with most")
    .addOption(choices(new Option("--sort <by>", "how sessions are sorted; default in"), SORTS))
    .option("--interval <time>", "time between two looks; default 1s")
    .action((realm: string | undefined, flags: TopFlags) => top(realm, flags, context));
}

function addOthers(program: Command, context: CliContext): void {
  overWamp(program.command("bench"), "data")
    .description("measure calls or events a second, and how long they take")
    .addArgument(choices(new Argument("<load>", "calls, pairs, or one publisher for all"), BENCH_LOADS))
    .option("--clients <n>", "clients; default 4")
    .option("--pending <n>", "open at once per client; default 16")
    .option("--size <bytes>", "length of the text that is sent; default 16")
    .option("--for <time>", "how long; default 5s")
    .action((load: (typeof BENCH_LOADS)[number], flags: BenchFlags) => bench(load, flags, context));
  connectOptions(program.command("profile"))
    .description("keep the settings of a router under a name")
    .addArgument(choices(new Argument("<action>", "what to do"), ["add", "list", "use", "remove"]))
    .argument("[name]", "the profile")
    .option("--json", "one JSON object a line, also on a terminal")
    .action((action: string, name: string | undefined, flags: Profile & OutputFlags) =>
      profile(action, name, flags, context),
    );
  program
    .command("completion")
    .description("print the script that completes commands in a shell")
    .addArgument(choices(new Argument("<shell>", "the shell"), SHELLS))
    .action((shell: (typeof SHELLS)[number]) => void context.stdout.write(completion(shell, program)));
}

/** Options of every command over WAMP; with `data`, also those of commands that print some. */
function overWamp(command: Command, prints?: "data"): Command {
  connectOptions(command)
    .option("--profile <name>", "settings kept by kreuz profile; also KREUZ_PROFILE")
    .option("--wire", "print all messages on standard error");
  if (prints === "data")
    command
      .option("--json", "one JSON object a line, also on a terminal")
      .option("--raw", "print the first argument alone");
  return command;
}

function connectOptions(command: Command): Command {
  return command
    .option("--url <url>", "ws, wss, rs, rss or a Unix socket; also KREUZ_URL; default ws://127.0.0.1:8080/ws")
    .option("--realm <uri>", "also KREUZ_REALM; default realm1")
    .addOption(choices(new Option("--codec <name>", "default json"), CODEC_NAMES))
    .option("--authid <authid>", "who logs in")
    .option("--ticket-file <file>", "file with the ticket, - to be asked; also KREUZ_TICKET")
    .option("--secret-file <file>", "file with the secret of WAMP-CRA, - to be asked; also KREUZ_SECRET")
    .option("--password-file <file>", "file with the password for SCRAM, - to be asked; also KREUZ_PASSWORD")
    .option("--key-file <file>", "file with the private key of cryptosign; also KREUZ_PRIVATE_KEY")
    .option("--tls-ca <file>", "authorities to trust")
    .option("--tls-cert <file>", "client certificate")
    .option("--tls-key <file>", "its key");
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const kwargs = (): Option => new Option("-k, --kwarg <key=value>", "a keyword argument").argParser(collect);
const wampOptions = (): Option => new Option("-o, --option <key=value>", "an option of the message").argParser(collect);
const strings = (): Option => new Option("-s, --strings", "all arguments are text");
