import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FakeClock } from "@kreuz/testkit";
import { expect, onTestFinished, test } from "vitest";
import { Pace, type Paced } from "../connection/pace.js";
import type { AcceptedSocket } from "./accepted-socket.js";
import { HttpInput, type HttpInputOwner } from "./http-input.js";

/** A socket as far as input is concerned. */
class FakeSocket extends EventEmitter {
  readonly destroyed = false;
  #paused = false;

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    process.nextTick(() => this.emit("resume"));
  }

  isPaused(): boolean {
    return this.#paused;
  }

  arrive(text: string): void {
    this.emit("data", Buffer.from(text));
  }
}

function setUp() {
  const clock = new FakeClock();
  const pace = new Pace(clock);
  const parsed: string[] = [];
  const open = (): FakeSocket => {
    const socket = new FakeSocket();
    const owner: HttpInputOwner = {
      serveByNode: () => void socket.on("data", (piece: Buffer) => void parsed.push(piece.toString())),
      onPlainUpgrade: () => void parsed.push("an upgrade"),
    };
    new HttpInput({ socket } as unknown as AcceptedSocket, pace, owner).listen();
    return socket;
  };
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) {
      // The pace numbers the turns that somebody asks for.
      void pace.turn;
      await nextTurn();
    }
  };
  /** Uses up the time of this turn for what arrives. */
  const spendTurn = (): void => {
    const spender: Paced = { busy: false, had: 0, proceed: () => {} };
    expect(pace.hasTime(1, spender)).toBe(true);
    clock.advance(10);
  };
  return { pace, parsed, open, turns, spendTurn };
}

test.each([
  { after: 1, waits: true },
  { after: 63, waits: true },
  { after: 64, waits: false },
  { after: 200, waits: false },
])("beside somebody who sends much, a small request $after turns after the last one waits: $waits", async (scene) => {
  const { pace, parsed, open, turns } = setUp();
  let isGreedy = true;
  onTestFinished(() => void (isGreedy = false));
  const greedy: Paced = { busy: true, had: 0, proceed: () => void (isGreedy && pace.await(greedy)) };
  pace.await(greedy);
  const socket = open();
  socket.arrive("first");
  expect(parsed).toEqual(["first"]);
  await turns(scene.after);
  socket.arrive("second");
  expect(parsed).toEqual(scene.waits ? ["first"] : ["first", "second"]);
  await turns(3);
  expect(parsed).toEqual(["first", "second"]);
});

test.each([
  { after: 60, order: ["first", "rare", "often"] },
  { after: 64, order: ["first", "often", "rare"] },
])("who was served $after turns ago and has to wait comes in the order $order", async ({ after, order }) => {
  const { parsed, open, turns, spendTurn } = setUp();
  const [often, rare] = [open(), open()];
  often.arrive("first");
  await turns(after);
  spendTurn();
  often.arrive("often");
  rare.arrive("rare");
  expect(parsed).toEqual(["first"]);
  await turns(3);
  expect(parsed).toEqual(order);
});

test("a plain upgrade request waits for its turn like any other, and what comes behind it leaves it to Node.js", async () => {
  const head = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  const upgrade = `${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
  const { parsed, open, turns, spendTurn } = setUp();
  const [plain, eager] = [open(), open()];
  await turns(1);
  spendTurn();
  plain.arrive(upgrade);
  eager.arrive(upgrade);
  eager.arrive("more");
  expect(parsed).toEqual([]);
  await turns(3);
  expect(parsed).toEqual(["an upgrade", `${upgrade}more`]);
  expect(plain.listenerCount("data")).toBe(0);
});
