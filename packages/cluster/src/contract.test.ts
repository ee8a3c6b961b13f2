import { FakeClock } from "@kreuz/testkit";
import { describe, it } from "vitest";
import { busContract, refereeContract } from "./contract.js";
import { MapReferee, MemoryNetwork } from "./memory.js";

const clock = new FakeClock();
const networks = new Map<string, MemoryNetwork>();
const referees = new Map<string, MapReferee>();

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

const harness = {
  bus: async (cluster: string, node: string) => kept(networks, cluster, () => new MemoryNetwork({ clock })).bus(node),
  referee: async (cluster: string) => kept(referees, cluster, () => new MapReferee({ clock })),
  turn: async () => clock.advance(1),
};

describe("the memory network", () => {
  it.each(busContract(harness))("$name", async ({ run }) => run());
});

describe("the map referee", () => {
  it.each(refereeContract(harness))("$name", async ({ run }) => run());
});
