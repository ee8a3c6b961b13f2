import type { AdminProcedures } from "@kreuz/admin/contract";
import type { CallSettings, Session } from "@kreuz/client";

type Uri = keyof AdminProcedures;

/** Milliseconds until the router counts as not answering. It gives up searches after two seconds itself. */
const TIMEOUT_MS = 10_000;

/** The procedures of the management realm, with their types. */
export class RouterApi {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  async ask<P extends Uri>(
    procedure: P,
    args: AdminProcedures[P]["args"],
    kwargs: Partial<AdminProcedures[P]["kwargs"]> = {},
    settings: CallSettings = {},
  ): Promise<AdminProcedures[P]["result"]> {
    const payload = { args, kwargs: kwargs as Record<string, unknown> };
    const { value } = await this.session.call(procedure, payload, { timeout: TIMEOUT_MS, ...settings });
    return value as AdminProcedures[P]["result"];
  }
}
