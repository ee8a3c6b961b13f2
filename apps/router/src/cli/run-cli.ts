import { ConfigError } from "@kreuz/codec";
import { Argument, Command, CommanderError, Option } from "commander";
import { addClientCommands } from "../client/client-commands.js";
import { CommandFailure } from "../client/exit-codes.js";
import { InvalidConfigError } from "../config/config-problem.js";
import { CONFIG_FILES } from "../config/find-config.js";
import { pluginCheck } from "../plugin/plugin-command.js";
import { printable } from "../log/printable.js";
import { StartError } from "../run/errors.js";
import { version } from "../version.js";
import { check } from "./check-command.js";
import { choices } from "./choices.js";
import type { CliContext } from "./cli-context.js";
import { DEFAULT_ADMIN_URL, drain, health } from "./health-command.js";
import { hash, HASH_METHODS, type HashFlags, keys } from "./hash-command.js";
import { init } from "./init-command.js";
import { schema } from "./schema-command.js";
import { start, type StartFlags } from "./start-command.js";

const CONFIG = `config file; default: ${CONFIG_FILES.join(", ")} in this folder, else built-in development defaults`;
const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"];

/**
 * Runs one command.
 *
 * @param args - without the program: `["start", "--port", "9000"]`.
 * @returns the exit code.
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await program(context).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, context);
  }
}

function program(context: CliContext): Command {
  const kreuz = new Command("kreuz")
    .description("A WAMP v2 router that runs out of the box.")
    .version(version(), "-V, --version", "print the version")
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .exitOverride();
  kreuz
    .command("start")
    .description("run the router")
    .option("-c, --config <file>", CONFIG)
    .option("-p, --port <number>", "port of the first transport; also set by PORT in the environment")
    .option("--host <address>", "address of the first transport")
    .option("-w, --workers <number>", "processes that serve the realms together, for machines with many cores")
    .addOption(choices(new Option("--log-level <level>", "lowest level that is logged"), LOG_LEVELS))
    .option("--trace", "log the messages of all sessions, cut and without secrets")
    .action((flags: StartFlags) => start(flags, context));
  kreuz
    .command("check")
    .description("check a config and describe what the router would run")
    .option("-c, --config <file>", CONFIG)
    .action(({ config: file }: { readonly config?: string }) => check(file, context));
  kreuz
    .command("init")
    .description("write a commented config")
    .option("-c, --config <file>", "file to write", "kreuz.yaml")
    .action(({ config: file }: { readonly config: string }) => init(file, context));
  kreuz
    .command("hash")
    .description("read a password or ticket and print the settings that replace it in a config")
    .addArgument(choices(new Argument("<method>", "authentication method"), HASH_METHODS))
    .addOption(choices(new Option("--kdf <name>", "key derivation function of scram"), ["argon2id", "pbkdf2"]))
    .option("--iterations <number>", "iterations of the key derivation")
    .option("--memory <KiB>", "memory of Argon2id")
    .action((method: string, flags: HashFlags) => hash(method, flags, context));
  kreuz
    .command("keys")
    .description("print a new key pair for cryptosign")
    .action(() => keys(context));
  addExtending(kreuz, context);
  addOperating(kreuz, context);
  kreuz
    .command("version")
    .description("print the version")
    .action(() => void context.stdout.write(`${version()}\n`));
  addClientCommands(kreuz, context);
  return kreuz;
}

/** Commands for authors of extensions. */
function addExtending(kreuz: Command, context: CliContext): void {
  kreuz
    .command("plugin")
    .description("look at a plugin or another extension")
    .command("check")
    .description(
      "load an extension as the router would, and say what is wrong with it or with its package; exits with 1 if anything is",
    )
    .argument("<package>", "name of a package that is installed, or path of a folder or a file")
    .action((target: string) => pluginCheck(target, context));
  kreuz
    .command("schema")
    .description(
      "print the JSON Schema of config files, with the options of the packages that a config names, for editors",
    )
    .option("-c, --config <file>", CONFIG)
    .action(({ config: file }: { readonly config?: string }) => schema(file, context));
}

/** Commands that ask a running router. */
function addOperating(kreuz: Command, context: CliContext): void {
  const url = "URL of the admin listener; http+unix:/path for a Unix socket";
  kreuz
    .command("health")
    .description("ask a running router whether it is ready; exits with 1 if not")
    .option("--url <url>", url, DEFAULT_ADMIN_URL)
    .option("--live", "ask only whether it lives")
    .action((flags: { readonly url: string; readonly live?: boolean }) =>
      health(flags.url, flags.live === true, context),
    );
  kreuz
    .command("drain")
    .description("make a running router send its clients away, and wait until they are gone")
    .argument("<pid>", "process id of the router")
    .option("--url <url>", url, DEFAULT_ADMIN_URL)
    .action((pid: string, flags: { readonly url: string }) => drain(processId(pid), flags.url, context));
}

/** @throws ConfigError unless it can be a process id; 0 and negative ones are whole groups of processes. */
function processId(text: string): number {
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid < 1)
    throw new ConfigError("pid", `expected a process id, got ${JSON.stringify(text)}`);
  return pid;
}

/** Prints expected errors in one line, and says how the command ended. Unexpected ones are thrown on, with their stack trace. */
function report(error: unknown, { stderr }: CliContext): number {
  // commander has printed its errors; --help and --version end up here, too.
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof CommandFailure) {
    if (error.message !== "") stderr.write(`${printable(`kreuz: ${error.message}`)}\n`);
    return error.code;
  }
  const expected = error instanceof InvalidConfigError || error instanceof ConfigError || error instanceof StartError;
  if (!expected) throw error;
  stderr.write(`${describe(error)}\n`);
  return 1;
}

function describe(error: Error): string {
  if (error instanceof InvalidConfigError) return error.message;
  const remedy = codeOf(error.cause) === "EADDRINUSE" ? "; choose another port with --port or PORT" : "";
  return `kreuz: ${error.message}${remedy}`;
}

/** The code of the system error at the end of a chain of causes. */
function codeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return undefined;
  return "code" in cause ? cause.code : codeOf(cause.cause);
}
