import { check, checkSame, nextTurn, waitUntil, type ContractCase } from "@kreuz/testkit";
import type { Bus, BusHandler, NodeId } from "./bus.js";
import type { Referee } from "./referee.js";

/** How the cases get the buses and the referees that they test. */
export interface ClusterHarness {
  /** The bus of a node, in the cluster of this case: `cluster` differs from case to case. */
  bus(cluster: string, node: NodeId): Promise<Bus>;
  /** A client of the referee of this cluster, which starts empty. */
  referee(cluster: string): Promise<Referee>;
  /** Called while a case waits, for a clock that has to be advanced. Default: waits for the next turn of the event loop. */
  turn?(): Promise<void>;
}

/** Every clause of {@link Bus}. */
export function busContract(harness: ClusterHarness): ContractCase[] {
  return [...deliveryCases(harness), ...orderCases(harness)];
}

function deliveryCases(harness: ClusterHarness): ContractCase[] {
  return [
    busCase(
      "a message to a node arrives there alone, as it was sent, with its sender",
      harness,
      async ({ open, until }) => {
        const [a, b, c] = [await open("a"), await open("b"), await open("c")];
        a.bus.send("b", Uint8Array.of(1, 2, 3));
        await until(() => b.messages.length === 1);
        checkSame(String(b.messages[0]), "a:1,2,3", "the message");
        c.bus.send("b", Uint8Array.of(4));
        await until(() => b.messages.length === 2);
        checkSame(c.messages.length + a.messages.length, 0, "messages at other nodes");
      },
    ),
    busCase("the memory of a message may be used again at once", harness, async ({ open, until }) => {
      const [a, b] = [await open("a"), await open("b")];
      const message = Uint8Array.of(1);
      a.bus.send("b", message);
      message[0] = 9;
      a.bus.broadcast(message);
      message[0] = 7;
      await until(() => b.messages.length === 2);
      checkSame(b.messages.join(), "a:1,a:9", "the messages");
    }),
    busCase("a broadcast reaches all others, and not its sender", harness, async ({ open, until }) => {
      const [a, b, c] = [await open("a"), await open("b"), await open("c")];
      a.bus.broadcast(Uint8Array.of(5));
      await until(() => b.messages.length === 1 && c.messages.length === 1);
      a.bus.send("b", Uint8Array.of(6));
      await until(() => b.messages.length === 2);
      checkSame(a.messages.length, 0, "messages at the sender");
    }),
  ];
}
function orderCases(harness: ClusterHarness): ContractCase[] {
  return [
    busCase("the messages of a pair arrive in order, broadcasts among them", harness, async ({ open, until }) => {
      const [a, b] = [await open("a"), await open("b")];
      for (let number = 0; number < 200; number++) {
        if (number % 3 === 0) a.bus.broadcast(Uint8Array.of(number));
        else a.bus.send("b", Uint8Array.of(number));
      }
      await until(() => b.messages.length === 200);
      checkSame(b.messages.join(), Array.from({ length: 200 }, (_, number) => `a:${number}`).join(), "the messages");
    }),
    busCase("the longest message arrives", harness, async ({ open, until }) => {
      const [a, b] = [await open("a"), await open("b")];
      check(a.bus.maxBytes >= 4096, `maxBytes: expected at least 4096, got ${a.bus.maxBytes}`);
      const message = new Uint8Array(a.bus.maxBytes).fill(3);
      a.bus.send("b", message);
      await until(() => b.lengths.length === 1);
      checkSame(b.lengths[0], message.length, "its length");
    }),
    busCase("a bus says that it is connected; after closing, nothing arrives", harness, async ({ open, until }) => {
      const [a, b] = [await open("a"), await open("b")];
      await until(() => a.connected && b.connected);
      await b.bus.close();
      a.bus.send("b", Uint8Array.of(1));
      const c = await open("c");
      a.bus.send("c", Uint8Array.of(2));
      await until(() => c.messages.length === 1);
      checkSame(b.messages.length, 0, "messages after closing");
    }),
  ];
}

/** Every clause of {@link Referee}. */
export function refereeContract(harness: ClusterHarness): ContractCase[] {
  const bytes = (value: number): Uint8Array => Uint8Array.of(value);
  return [
    refereeCase("a key that nobody wrote is absent", harness, async (referee) => {
      checkSame(await referee.read("realm.reg.x"), undefined, "the value");
    }),
    refereeCase("what one client writes, another one reads, with its revision", harness, async (referee, other) => {
      const revision = await referee.write("node.a", bytes(1), "absent");
      const read = await other.read("node.a");
      checkSame(read?.revision, revision, "the revision");
      checkSame(read?.value.join(), "1", "the value");
    }),
    refereeCase("of two writes that expect one revision, the second conflicts", harness, async (referee, other) => {
      const first = await referee.write("k", bytes(1), "absent");
      checkSame(await other.write("k", bytes(2), "absent"), "conflict", "a second creation");
      check(first !== "conflict", "the first write must win");
      const second = await other.write("k", bytes(3), first);
      check(second !== "conflict" && second !== first, "a write with the right revision gets a new one");
      checkSame(await referee.write("k", bytes(4), first), "conflict", "a write with an old revision");
      checkSame((await referee.read("k"))?.value.join(), "3", "the value");
    }),
    refereeCase("of many racing writes, one wins", harness, async (referee, other) => {
      const racers = Array.from({ length: 20 }, (_, number) =>
        (number % 2 === 0 ? referee : other).write("race", bytes(number), "absent"),
      );
      const winners = (await Promise.all(racers)).filter((outcome) => outcome !== "conflict");
      checkSame(winners.length, 1, "winners");
    }),
    refereeCase("a deleted key is absent, and can be written again", harness, async (referee, other) => {
      const first = await referee.write("k", bytes(1), "absent");
      check((await other.write("k", undefined, first)) !== "conflict", "a deletion with the right revision succeeds");
      checkSame(await referee.read("k"), undefined, "the value");
      checkSame(await referee.write("k", bytes(2), first), "conflict", "a write with the revision of before");
      check((await referee.write("k", bytes(3), "absent")) !== "conflict", "a new creation succeeds");
    }),
    refereeCase(
      "a deletion with an old revision is a conflict, and deletes nothing",
      harness,
      async (referee, other) => {
        const first = await referee.write("k", bytes(1), "absent");
        const second = await other.write("k", bytes(2), first);
        checkSame(await referee.write("k", undefined, first), "conflict", "a deletion with the revision of before");
        checkSame((await referee.read("k"))?.value.join(), "2", "the value");
        check(
          (await referee.write("k", undefined, second)) !== "conflict",
          "a deletion with the right revision succeeds",
        );
        checkSame(await referee.write("k", undefined, second), "conflict", "the same deletion again");
      },
    ),
    refereeCase("keys are listed by their first components, without the deleted ones", harness, async (referee) => {
      for (const key of ["node.a", "node.b", "nodes.c", "realm.reg.d"]) await referee.write(key, bytes(1), "absent");
      const gone = await referee.write("node.gone", bytes(1), "absent");
      await referee.write("node.gone", undefined, gone);
      const keys: string[] = [];
      for await (const key of referee.keys("node")) keys.push(key);
      checkSame(keys.toSorted().join(), "node.a,node.b", "the keys");
    }),
  ];
}

/** A bus, and what came over it. */
class Listener implements BusHandler {
  readonly bus: Bus;
  readonly messages: string[] = [];
  readonly lengths: number[] = [];
  connected = false;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  onMessage(from: NodeId, message: Uint8Array): void {
    this.messages.push(message.length > 16 ? from : `${from}:${message.join()}`);
    this.lengths.push(message.length);
  }

  onState(connected: boolean): void {
    this.connected = connected;
  }

  onUnreachable(): void {}
}

interface BusScene {
  open(node: NodeId): Promise<Listener>;
  until(condition: () => boolean): Promise<void>;
}

/** The harness keeps the cases apart by the name of their cluster. */
function busCase(name: string, harness: ClusterHarness, body: (scene: BusScene) => Promise<void>): ContractCase {
  const run = async (): Promise<void> => {
    const listeners: Listener[] = [];
    const open = async (node: NodeId): Promise<Listener> => {
      const listener = new Listener(await harness.bus(clusterOf(name), node));
      listeners.push(listener);
      await listener.bus.open(listener);
      return listener;
    };
    const until = async (condition: () => boolean): Promise<void> => {
      const arrived = await waitUntil(condition, { turn: () => harness.turn?.() ?? nextTurn() });
      check(arrived, "what was sent did not arrive");
    };
    try {
      await body({ open, until });
    } finally {
      for (const { bus } of listeners) await bus.close();
    }
  };
  return { name, run };
}

function refereeCase(
  name: string,
  harness: ClusterHarness,
  body: (referee: Referee, other: Referee) => Promise<void>,
): ContractCase {
  const run = async (): Promise<void> => {
    const cluster = clusterOf(name);
    const [one, other] = [await harness.referee(cluster), await harness.referee(cluster)];
    try {
      await body(one, other);
    } finally {
      await one.close();
      await other.close();
    }
  };
  return { name, run };
}

/** A name for a cluster from the name of a case. */
function clusterOf(name: string): string {
  return name.replaceAll(/[^a-z]+/g, "-").slice(0, 60);
}
