import { silentLogger } from "@kreuz/router";
import { FakeClock } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { serviceManager } from "./service-manager.js";

function manager(env: Readonly<Record<string, string>>, error: Error | null = null) {
  const clock = new FakeClock();
  const states: (string | undefined)[] = [];
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) };
  const service = serviceManager(env, clock, logger, (_, args, done) => {
    states.push(args[1]);
    done(error);
  });
  return { clock, service, states, warnings };
}

test("is told nothing unless it wants to be", () => {
  const { service, states } = manager({});
  service.ready();
  service.stopping();
  expect(states).toEqual([]);
});

test("is told when the router is ready and when it stops", () => {
  const { service, states } = manager({ NOTIFY_SOCKET: "/run/notify" });
  service.ready();
  service.stopping();
  expect(states).toEqual(["READY=1", "STOPPING=1"]);
});

test("hears from the router twice in the time of its watchdog", () => {
  const { clock, service, states } = manager({ NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "10000000" });
  service.ready();
  clock.advance(5000);
  clock.advance(5000);
  expect(states).toEqual(["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
});

test("that cannot be told costs one line", () => {
  const { clock, service, warnings } = manager(
    { NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "10000000" },
    new Error("no such command"),
  );
  service.ready();
  clock.advance(5000);
  expect(warnings).toEqual(["the service manager was not told: systemd-notify failed"]);
});
