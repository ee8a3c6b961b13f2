// A router with two realms of clients and a management realm, for the tests of @kreuz/admin.
import {
  ADMIN_PERMISSIONS,
  type AdminListener,
  adminPlugin,
  type AdminRole,
  type AdminSource,
  OperatorLog,
  type Reloaded,
} from "@kreuz/admin";
import type { Dict } from "@kreuz/codec";
import { rbac } from "@kreuz/rbac";
import { Router } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { createTestRouter, type JoinOptions, REALM, testRealm, type TestRouter } from "../support/index.js";

export const MANAGEMENT = "kreuz.admin";
export const OTHER_REALM = "com.other";

/** What a test looks at and changes. */
export interface AdminRouter extends TestRouter {
  readonly operatorLog: OperatorLog;
  /** What works in a cluster, and should be mended nevertheless. */
  readonly warnings: string[];
  /** Times that an operator began a drain. */
  drains: number;
  /** What a reload answers, or throws. */
  onReload: () => Reloaded;
  readonly listener: { -readonly [K in keyof AdminListener["stats"]]: AdminListener["stats"][K] };
  /** Joins the management realm. */
  enter(role?: AdminRole, options?: JoinOptions): Promise<WireSession>;
}

const NUMBERS = { cpuSeconds: 1, memoryBytes: 2, heapBytes: 3, clientBytes: 4, maxClientBytes: 5 };

const PERMISSIONS = Object.entries(ADMIN_PERMISSIONS).map(([name, permissions]) => ({
  name,
  permissions: permissions.map(({ uri, match, allow }) => ({ uri, match, allow: { [allow]: true } })),
}));

/** The role `operator` may call and publish below `com.open.` of {@link REALM}, and nothing else. */
const open = { name: "operator", permissions: [{ uri: "com.open.", match: "prefix" as const, allow: allowed() }] };
const user = { name: "user", permissions: [{ uri: "", match: "prefix" as const, allow: allowed() }] };

function allowed() {
  return { call: true, register: true, publish: true, subscribe: true };
}

/** @param nodes - two serve all realms together; clients and operators join them by turns, `a` first. */
export async function createAdminRouter(nodes: 1 | 2 = 1): Promise<AdminRouter> {
  const roles = rbac({ roles: [user, open] });
  const router = await createTestRouter({
    spread: nodes === 2 ? "nodes" : "none",
    realms: [
      testRealm({ authorizer: roles, roles: ["user", "operator"] }),
      testRealm({ uri: OTHER_REALM, authorizer: rbac({ roles: [user] }), roles: ["user"] }),
    ],
  });
  const admin = Object.assign(router, {
    operatorLog: new OperatorLog(router.clock),
    warnings: [] as string[],
    drains: 0,
    onReload: (): Reloaded => ({ revoked: 1, needsRestart: ["transports"] }),
    listener: {
      opened: 0,
      refused: { limit: 0 },
      closed: { normal: 0 },
      bytesIn: 0,
      bytesOut: 0,
      outboxBytes: 0,
      chargedBytes: 0,
      slowConnections: 0,
      open: [{ transport: "websocket", codec: "json", count: 3 }],
      refresh: async () => {},
    },
    enter: (role: AdminRole = "operator", options: JoinOptions = {}) =>
      router.join({ authid: "olga", ...options, realm: MANAGEMENT, authrole: role }),
  });
  // Each node has a plugin of its own.
  for (const node of router.nodes.toReversed())
    await Router.prototype.addRealm.call(
      node,
      testRealm({
        uri: MANAGEMENT,
        authorizer: rbac({ roles: PERMISSIONS }),
        roles: ["viewer", "operator"],
        plugins: [adminPlugin(sourceOf(admin, node))],
      }),
    );
  return admin;
}

function sourceOf(admin: AdminRouter, router: Router): AdminSource {
  return {
    router,
    version: "1.2.3",
    process: {
      node: "20.19.0",
      host: "test-host",
      pid: 42,
      started: 0,
      stats: () => ({ ...NUMBERS, eventLoopDelay: { p50: 0, p99: 0, max: 0 } }),
    },
    readiness: () => ({ ready: true, because: [] }),
    warnings: () => admin.warnings,
    listeners: () => [{ name: "clients", url: "ws://127.0.0.1:8080/ws", stats: admin.listener }],
    limits: () => [["uri_length", 0]],
    log: admin.operatorLog,
    drain: () => void admin.drains++,
    reload: async () => admin.onReload(),
  };
}

/** Calls a procedure of the management realm while time stands still, but for turns. @returns its one result. */
export async function ask<T>(
  router: AdminRouter,
  client: WireSession,
  procedure: string,
  args: unknown[] = [],
  kwargs: Dict = {},
): Promise<T> {
  const answer = client.call(procedure, { args, kwargs });
  const state = { done: false };
  const finish = (): void => void (state.done = true);
  answer.then(finish, finish);
  while (!state.done) {
    router.clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (await answer).args?.[0] as T;
}

/** Lets clients join {@link REALM}. */
export function joinMany(router: AdminRouter, authids: readonly string[]): Promise<readonly WireSession[]> {
  return Promise.all(authids.map((authid) => router.join({ authid })));
}

export { REALM };
