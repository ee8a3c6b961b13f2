import { ADMIN, type Stats } from "@kreuz/admin";
import type { CliContext } from "../cli/cli-context.js";
import { ask } from "./admin-calls.js";
import type { ConnectFlags } from "./connection.js";
import { durationOf } from "./numbers.js";
import { Printer, type OutputFlags } from "./output.js";
import { pause } from "./pause.js";
import { withSession } from "./with-session.js";

const ADMIN_REALM = { admin: true };

/** `kreuz realms`: what each realm of a Kreuz router holds. */
export async function realms(flags: ConnectFlags & OutputFlags, context: CliContext): Promise<void> {
  const printer = new Printer(context, flags);
  await withSession(
    flags,
    context,
    async ({ session }) => {
      const { realms: all } = await ask(session, ADMIN.getRouter, []);
      if (!printer.pretty) return all.forEach((realm) => printer.object(realm));
      printer.table(
        ["realm", "sessions", "subscriptions", "registrations", "pending calls"],
        all.map((realm) => [realm.name, realm.sessions, realm.subscriptions, realm.registrations, realm.callsPending]),
      );
    },
    ADMIN_REALM,
  );
}

/** Flags of `kreuz stats`. */
export interface StatsFlags extends ConnectFlags, OutputFlags {
  readonly watch?: string;
}

/** `kreuz stats`: the numbers of a Kreuz router, or of one realm, again and again with `--watch`. */
export async function stats(realm: string | undefined, flags: StatsFlags, context: CliContext): Promise<void> {
  const every = flags.watch === undefined ? undefined : durationOf("--watch", flags.watch);
  const printer = new Printer(context, flags);
  await withSession(
    flags,
    context,
    async ({ session, signal }) => {
      for (;;) {
        const numbers = await ask(session, ADMIN.getStats, realm === undefined ? [] : [realm]);
        if (every !== undefined) printer.clear();
        if (printer.pretty) printer.table(["number", "value"], rowsOf(numbers));
        else printer.object(numbers);
        if (every === undefined) return;
        await pause(every, signal);
        signal.throwIfAborted();
      }
    },
    { ...ADMIN_REALM, stays: every !== undefined },
  );
}

/** What is not zero, by its path. Distributions are their number and mean. */
function rowsOf(numbers: Stats): readonly (readonly [name: string, value: string])[] {
  const rows: (readonly [string, string])[] = [];
  const visit = (name: string, value: unknown): void => {
    if (typeof value === "number") {
      if (value !== 0) rows.push([name, shown(value)]);
    } else if (typeof value === "object" && value !== null)
      if ("bounds" in value) visitHistogram(name, value as Stats["realms"][string]["callSeconds"], visit);
      else for (const [key, inner] of Object.entries(value)) visit(name === "" ? key : `${name} ${key}`, inner);
  };
  const { at: _at, nodes = [], unreachable = [], ...rest } = numbers;
  visit("", rest);
  for (const { node, process, sessions, connections } of nodes)
    visit(`node ${node}`, { process, sessions, connections });
  for (const node of unreachable) rows.push([`node ${node}`, "does not answer"]);
  return rows;
}

function visitHistogram(
  name: string,
  { counts, sum }: Stats["realms"][string]["callSeconds"],
  visit: (name: string, value: number) => void,
): void {
  const count = counts.reduce((total, each) => total + each, 0);
  visit(`${name} count`, count);
  if (count > 0) visit(`${name} mean`, sum / count);
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
