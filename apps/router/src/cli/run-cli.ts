import { ConfigError } from "@kreuz/codec";
import { Argument, Command, CommanderError, Option } from "commander";
import { InvalidConfigError } from "../config/config-problem.js";
import { CONFIG_FILES } from "../config/find-config.js";
import { StartError } from "../run/start-error.js";
import { version } from "../version.js";
import { check } from "./check-command.js";
import { hash, HASH_METHODS, type HashFlags, keys } from "./hash-command.js";
import { init } from "./init-command.js";
import { start, type StartFlags } from "./start-command.js";
import type { Surroundings } from "./cli-context.js";

/**
 * Runs one command.
 *
 * @param args - without the program: `["start", "--port", "9000"]`.
 * @returns the exit code.
 */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await program(surroundings).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, surroundings);
  }
}

function program(surroundings: Surroundings): Command {
  const kreuz = new Command("kreuz")
    .description("A WAMP v2 router that runs out of the box.")
    .version(version(), "-V, --version", "print the version")
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .exitOverride();
  const config = `config file; by default ${CONFIG_FILES.join(", ")} of this folder, else built-in development defaults`;
  kreuz
    .command("start")
    .description("run the router")
    .option("-c, --config <file>", config)
    .option("-p, --port <number>", "port of the first transport; also PORT in the environment")
    .option("--host <address>", "address of the first transport")
    .addOption(
      new Option("--log-level <level>", "the least that is logged").choices([
        "debug",
        "info",
        "warn",
        "error",
        "silent",
      ]),
    )
    .action((flags: StartFlags) => start(flags, surroundings));
  kreuz
    .command("check")
    .description("check a config, and say what the router would do")
    .option("-c, --config <file>", config)
    .action(({ config: file }: { readonly config?: string }) => check(file, surroundings));
  kreuz
    .command("init")
    .description("write a config to start from")
    .option("-c, --config <file>", "file to write", "kreuz.yaml")
    .action(({ config: file }: { readonly config: string }) => init(file, surroundings));
  kreuz
    .command("hash")
    .description("turn a password or ticket, typed or from standard input, into what a config keeps of it")
    .addArgument(new Argument("<method>", "method that it is for").choices(HASH_METHODS))
    .addOption(new Option("--kdf <name>", "key derivation of scram").choices(["argon2id", "pbkdf2"]))
    .option("--iterations <number>", "its cost in time")
    .option("--memory <KiB>", "the cost of Argon2id in memory")
    .action((method: string, flags: HashFlags) => hash(method, flags, surroundings));
  kreuz
    .command("keys")
    .description("make a new key pair for cryptosign")
    .action(() => keys(surroundings));
  kreuz
    .command("version")
    .description("print the version")
    .action(() => void surroundings.stdout.write(`${version()}\n`));
  return kreuz;
}

/** What went wrong in words on stderr. What nobody foresaw keeps its stack trace. */
function report(error: unknown, { stderr }: Surroundings): number {
  // It has been printed already; asking for help or the version is no failure.
  if (error instanceof CommanderError) return error.exitCode;
  const foreseen = error instanceof InvalidConfigError || error instanceof ConfigError || error instanceof StartError;
  if (!foreseen) throw error;
  stderr.write(`${describe(error)}\n`);
  return 1;
}

function describe(error: Error): string {
  if (error instanceof InvalidConfigError) return error.message;
  const advice = codeOf(error.cause) === "EADDRINUSE" ? "; choose another one with --port or PORT" : "";
  return `kreuz: ${error.message}${advice}`;
}

/** The code of the system error that is behind it all. */
function codeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return undefined;
  return "code" in cause ? cause.code : codeOf(cause.cause);
}
