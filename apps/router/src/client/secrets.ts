import { anonymous, cryptosign, scram, ticket, wampcra, type AuthMethod } from "@kreuz/client";
import { argon2id } from "@kreuz/client/argon2id";
import type { CliContext } from "../cli/cli-context.js";
import { askOnTerminal } from "../cli/standard-input.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { readText } from "./input.js";

/** Where secrets come from. No flag takes a secret itself: others would see it in the list of processes. */
export interface SecretFlags {
  readonly authid?: string;
  readonly ticketFile?: string;
  readonly secretFile?: string;
  readonly passwordFile?: string;
  readonly keyFile?: string;
}

/** The login that flags, profile and environment ask for. @throws CommandFailure */
export async function loginOf(flags: SecretFlags, context: CliContext): Promise<readonly AuthMethod[]> {
  const { authid } = flags;
  const { KREUZ_TICKET, KREUZ_SECRET, KREUZ_PASSWORD, KREUZ_PRIVATE_KEY } = context.env;
  const key = await secretOf(flags.keyFile, KREUZ_PRIVATE_KEY, "Private key", context);
  if (key !== undefined) {
    if (!/^[0-9a-f]{64}$/i.test(key))
      throw new CommandFailure(ExitCode.USAGE, "the private key: expected 64 hex digits");
    return [cryptosign({ key, ...(authid !== undefined && { authid }) })];
  }
  const methods: AuthMethod[] = [];
  const named = (name: string): string => {
    if (authid !== undefined) return authid;
    throw new CommandFailure(ExitCode.USAGE, `a ${name} needs --authid: who logs in with it?`);
  };
  const secret = await secretOf(flags.ticketFile, KREUZ_TICKET, "Ticket", context);
  if (secret !== undefined) methods.push(ticket(named("ticket"), secret));
  const shared = await secretOf(flags.secretFile, KREUZ_SECRET, "Secret", context);
  if (shared !== undefined) methods.push(wampcra(named("secret"), shared));
  const password = await secretOf(flags.passwordFile, KREUZ_PASSWORD, "Password", context);
  if (password !== undefined) methods.push(scram({ authid: named("password"), password, argon2id }));
  return methods.length === 0 && authid !== undefined ? [anonymous(authid)] : methods;
}

async function secretOf(
  file: string | undefined,
  value: string | undefined,
  name: string,
  context: CliContext,
): Promise<string | undefined> {
  if (file === "-") return ask(`${name} (hidden): `, context, true);
  if (file !== undefined) return (await readText(file, context)).replace(/\r?\n$/, "");
  return value === undefined || value === "" ? undefined : value;
}

/** Asks a person on the terminal. @throws CommandFailure where there is none. */
export async function ask(question: string, { stdin, stderr }: CliContext, hidden = false): Promise<string> {
  if (stdin?.isTTY !== true)
    throw new CommandFailure(ExitCode.USAGE, `${question.trim()} there is no terminal to ask on`);
  return askOnTerminal(question, { stdin, stderr }, hidden);
}
