import type { AdminProcedures } from "@kreuz/admin";
import type { Session } from "@kreuz/client";
import type { Dict } from "@kreuz/codec";

/** Calls a procedure of the management realm. @returns its one result. */
export async function ask<U extends keyof AdminProcedures & string>(
  session: Session,
  procedure: U,
  args: AdminProcedures[U]["args"],
  kwargs?: AdminProcedures[U]["kwargs"],
): Promise<AdminProcedures[U]["result"]> {
  const payload = { args: [...args], ...(kwargs !== undefined && { kwargs: kwargs as Dict }) };
  return (await session.call(procedure, payload)).value as AdminProcedures[U]["result"];
}
