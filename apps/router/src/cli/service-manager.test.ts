import { silentLogger } from "@kreuz/router";
import { FakeClock } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { serviceManager } from "./service-manager.js";

function manager(env: Readonly<Record<string, string>>, error: Error | null = null, slow = false) {
  const clock = new FakeClock();
  const states: (string | undefined)[] = [];
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) };
  const running: (() => void)[] = [];
  const service = serviceManager(env, clock, logger, {
    run: (_, args, done) => {
      states.push(args.slice(1).join(" "));
      if (slow) running.push(() => done(error));
      else done(error);
    },
    monotonicMicros: () => 42n,
  });
  return { clock, service, states, warnings, running };
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

test("is told when a reload begins, and when it is over, in this order however slowly it listens", () => {
  const { service, states, running } = manager({ NOTIFY_SOCKET: "/run/notify" }, null, true);
  service.ready();
  service.reloading();
  service.ready();
  expect(states).toEqual(["READY=1"]);
  running.shift()?.();
  running.shift()?.();
  expect(states).toEqual(["READY=1", "RELOADING=1 MONOTONIC_USEC=42", "READY=1"]);
});

test("is told that the router stops at once, whatever is on its way, and nothing after it", () => {
  const { service, states, running } = manager({ NOTIFY_SOCKET: "/run/notify" }, null, true);
  service.ready();
  service.reloading();
  service.stopping();
  service.ready();
  while (running.length > 0) running.shift()?.();
  expect(states).toEqual(["READY=1", "STOPPING=1"]);
});

test("has one ping waiting at most, and one watchdog after a reload", () => {
  const env = { NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "10000000" };
  const slow = manager(env, null, true);
  slow.service.ready();
  for (let ping = 0; ping < 100; ping++) slow.clock.advance(5000);
  while (slow.running.length > 0) slow.running.shift()?.();
  expect(slow.states).toEqual(["READY=1", "WATCHDOG=1"]);

  const { clock, service, states } = manager(env);
  service.ready();
  service.reloading();
  service.ready();
  clock.advance(5000);
  expect(states.filter((state) => state === "WATCHDOG=1")).toHaveLength(2);
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
