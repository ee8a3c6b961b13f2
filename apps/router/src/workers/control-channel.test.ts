import { EventEmitter } from "node:events";
import { FakeClock, settle } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { InvalidConfigError } from "../config/config-problem.js";
import { StartError } from "../run/errors.js";
import { ControlChannel, type ControlPort } from "./control-channel.js";

/** One end of a channel in this process. */
class Port extends EventEmitter implements ControlPort {
  other: Port | undefined;
  broken = false;

  send(message: object, done: (error: Error | null) => void): void {
    if (this.broken) return done(new Error("the channel is closed"));
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => {
      this.other?.emit("message", copy);
      done(null);
    });
  }
}

type Answers = {
  add(values: readonly [number, number]): Promise<number>;
  fail(kind: string): null;
  never(value: null): Promise<null>;
};

function channels() {
  const [one, other] = [new Port(), new Port()];
  Object.assign(one, { other });
  Object.assign(other, { other: one });
  const clock = new FakeClock();
  const answers: Answers = {
    add: async ([a, b]) => a + b,
    fail: (kind) => {
      if (kind === "config")
        throw new InvalidConfigError("a.yaml", [{ path: "log", message: "wrong", line: 1, column: 2 }]);
      const cause = new Error("listen", { cause: Object.assign(new Error("in use"), { code: "EADDRINUSE" }) });
      throw kind === "start" ? new StartError("cannot listen", { cause }) : new Error("a bug");
    },
    never: () => new Promise(() => {}),
  };
  void new ControlChannel<Record<string, never>>(other, answers, clock);
  return { channel: new ControlChannel<Answers>(one, {}, clock), clock, port: one };
}

test("answers come to who asked, whatever else the processes say to each other", async () => {
  const { channel, port } = channels();
  const sums = [channel.ask("add", [1, 2]), channel.ask("add", [3, 4])];
  for (const other of [undefined, "text", { cmd: "NODE_CLUSTER" }, { kreuz: "answer", id: 99 }])
    port.emit("message", other);
  expect(await Promise.all(sums)).toEqual([3, 7]);
});

test("errors arrive as what they were, so that the command can say what to do", async () => {
  const { channel } = channels();
  const errors = await Promise.all(
    ["config", "start", "other"].map((kind) => channel.ask("fail", kind).catch((error: unknown) => error as Error)),
  );
  expect(errors[0]).toBeInstanceOf(InvalidConfigError);
  expect(errors[0]?.message).toBe("a.yaml:1:2: log: wrong");
  expect(errors[1]).toBeInstanceOf(StartError);
  expect(errors[1]).toMatchObject({ message: "cannot listen", cause: { code: "EADDRINUSE" } });
  expect(errors[2]).not.toBeInstanceOf(StartError);
  expect(errors[2]?.message).toBe("a bug");
});

test("an end that does not answer, cannot be reached, or is gone", async () => {
  const { channel, clock, port } = channels();
  const late = channel.ask("never", null, 100).catch((error: unknown) => error as Error);
  await settle();
  clock.advance(100);
  expect((await late)?.message).toBe('no answer to "never" within 100 ms');
  const waiting = channel.ask("never", null).catch((error: unknown) => error as Error);
  port.broken = true;
  await expect(channel.ask("add", [1, 2], 100)).rejects.toThrow("the channel is closed");
  channel.end(new Error("worker-1 has ended"));
  expect((await waiting)?.message).toBe("worker-1 has ended");
  await expect(channel.ask("add", [1, 2])).rejects.toThrow("worker-1 has ended");
  expect(clock.pending).toBe(0);
});
