import type { Guard, GuardKind, GuardOptions, Plugin, RealmContext, RouterPlugin, Where } from "@kreuz/router";

/** The same plugin, whose guards see frozen payloads: in a router, changes in place reach some receivers and not others. */
export function freezingPayloads(plugin: Plugin): Plugin {
  const frozen: Plugin = {
    ...plugin,
    name: plugin.name,
    setup: (realm) => plugin.setup({ ...realm, guard: freezingGuard(realm) }),
  };
  return frozen;
}

/** The same plugin of the router, the guards of whose plugins see frozen payloads. */
export function freezingRouterPlugin(plugin: RouterPlugin): RouterPlugin {
  return {
    ...plugin,
    setup: (router) =>
      plugin.setup({
        ...router,
        get realms() {
          return router.realms;
        },
        eachRealm: (make) =>
          router.eachRealm((realm) => {
            const made = make(realm);
            return made === undefined ? undefined : freezingPayloads(made);
          }),
      }),
  };
}

function freezingGuard(realm: RealmContext): RealmContext["guard"] {
  return <K extends GuardKind>(kind: K, where: Where | readonly Where[], guard: Guard<K>, options?: GuardOptions) =>
    realm.guard<K>(
      kind,
      where,
      (message) => {
        freeze(message.payload.args);
        freeze(message.payload.kwargs);
        return guard(message);
      },
      options,
    );
}

function freeze(value: unknown): void {
  // Bytes cannot be frozen.
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const nested of Object.values(value)) freeze(nested);
}
