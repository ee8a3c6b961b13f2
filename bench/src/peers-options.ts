import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PEER_NAMES } from "./peers/index.js";

const USAGE = `pnpm bench:peers: Kreuz beside a bare relay and the other WAMP routers, on this machine

  --peers <names>      only these, separated by commas: ${PEER_NAMES.join(", ")}; "" for none
  --scenarios <text>   only scenarios whose line has this in it, for instance "RPC 8×16 websocket json" or "sessions"
  --rounds <number>    that each figure is the median of; default 3
  --out <directory>    where results go; default bench/results`;

/** What was asked for on the command line. */
export interface PeersOptions {
  /** Names of peers; absent for all. */
  readonly peers: readonly string[] | undefined;
  readonly scenarios: string;
  readonly rounds: number;
  readonly out: string;
}

/** Reads the command line; ends the process with a message when it asks for help or cannot be understood. */
export function readOptions(): PeersOptions {
  try {
    const { values } = parseArgs({
      options: {
        peers: { type: "string" },
        scenarios: { type: "string", default: "" },
        rounds: { type: "string", default: "3" },
        out: { type: "string", default: fileURLToPath(new URL("../results", import.meta.url)) },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new Error(`--rounds: expected an integer from 1, got "${values.rounds}"`);
    const { scenarios, out } = values;
    const peers = values.peers?.split(",").filter(Boolean);
    const unknown = peers?.find((name) => !PEER_NAMES.includes(name));
    if (unknown !== undefined) throw new Error(`--peers: there is no "${unknown}"`);
    return { peers, scenarios, rounds, out };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
