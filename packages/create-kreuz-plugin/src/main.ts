import { relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { createProject } from "./create-project.js";
import { type Kind, KINDS, LICENSES, SERVICES } from "./kinds.js";

/** The parts of the process that the command uses. */
export interface Terminal {
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];

const HELP = `Usage: npm create kreuz-plugin <name> -- [--kind <kind>] [--license <id>] [--author <name>] [--ci <service>]

Kinds:
${KIND_NAMES.map((kind) => `  ${kind.padEnd(14)} ${KINDS[kind].title}`).join("\n")}

  --license  ${LICENSES.join(", ")}; default MIT
  --ci       ${SERVICES.join(", ")}; default github
`;

/** Runs the command. @returns the exit code: 0, or 1 when nothing was made. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await create(args, terminal);
    return 0;
  } catch (error) {
    terminal.stderr.write(`create-kreuz-plugin: ${(error as Error).message}\n`);
    return 1;
  }
}

async function create(args: readonly string[], terminal: Terminal): Promise<void> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { kind: text, license: text, author: text, ci: text, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return void terminal.stdout.write(HELP);
  if (positionals.length > 1) throw new Error(`expected one name, got ${positionals.join(" ")}; see --help`);
  const license = oneOf("--license", values.license ?? "MIT", LICENSES);
  const ci = oneOf("--ci", values.ci ?? "github", SERVICES);
  const given = values.kind === undefined ? undefined : oneOf("--kind", values.kind, KIND_NAMES);
  const name = positionals[0] ?? (await ask("Name of the package", terminal, "give a name"));
  const kind = given ?? oneOf("the kind", await ask(kindQuestion(), terminal, "give --kind"), KIND_NAMES);
  const author = values.author === undefined ? {} : { author: values.author };
  const folder = await createProject(terminal.cwd, { name, kind, license, ci, ...author });
  const path = relative(terminal.cwd, folder);
  terminal.stdout.write(`Made ${path}: ${KINDS[kind].title}.\n\n  cd ${path}\n  npm install\n  npm test\n`);
}

function kindQuestion(): string {
  return `${KIND_NAMES.map((kind) => `${kind.padEnd(14)} ${KINDS[kind].title}`).join("\n")}\nKind`;
}

/** Asks a person. @throws Error when there is none. */
async function ask(question: string, { stdin, stdout }: Terminal, otherwise: string): Promise<string> {
  if (stdin.isTTY !== true) throw new Error(`${otherwise}; see --help`);
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    return (await terminal.question(`${question}: `)).trim();
  } finally {
    terminal.close();
  }
}

function oneOf<T extends string>(what: string, given: string, values: readonly T[]): T {
  const found = values.find((value) => value === given);
  if (found === undefined) throw new Error(`${what}: expected one of ${values.join(", ")}, got "${given}"`);
  return found;
}
