import { isReservedUri } from "@kreuz/codec";
import type { Directory, RegistrationInfo } from "@kreuz/router";

/** True for the router's own procedures: only the router registers under `wamp.` (spec: "Reserved URIs"). */
export function isOwn({ uri }: RegistrationInfo): boolean {
  return isReservedUri(uri);
}

/**
 * The registrations without the router's own. Those are no session's: their one callee is not among the sessions of the
 * realm, nobody may take them away, and what is there is announced as a feature.
 */
export function withoutOwn(all: Directory<RegistrationInfo>): Directory<RegistrationInfo> {
  const get = async (id: number): Promise<RegistrationInfo | undefined> => notOwn(await all.get(id));
  return {
    get,
    list: async () => (await all.list()).filter((registration) => !isOwn(registration)),
    lookup: async (uri, match) => notOwn(await all.lookup(uri, match)),
    match: async (uri) => (await all.match(uri)).filter((registration) => !isOwn(registration)),
    members: async (id) => ((await get(id)) === undefined ? undefined : all.members(id)),
    remove: async (id, session, reason) => (await get(id)) !== undefined && all.remove(id, session, reason),
  };
}

function notOwn(registration: RegistrationInfo | undefined): RegistrationInfo | undefined {
  return registration === undefined || isOwn(registration) ? undefined : registration;
}
