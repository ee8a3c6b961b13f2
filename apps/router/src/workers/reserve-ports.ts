import { type AddressInfo, createServer } from "node:net";
import { resolve } from "node:path";
import { clearUnixSocket } from "@kreuz/transport-node";
import { builtInTransports } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "../run/errors.js";

/**
 * Makes the places ready where the workers listen: finds a port for each transport with port 0, so that all workers have the same
 * one, also later, and removes Unix sockets that a dead process left behind.
 *
 * @returns the ports by the transport's place in the config.
 * @throws StartError when a place cannot be used.
 */
export async function reservePorts({ config, folder }: LoadedConfig): Promise<ReadonlyMap<number, number>> {
  const ports = new Map<number, number>();
  for (const [index, { host, port, unix, fd }] of builtInTransports(config)) {
    try {
      if (unix !== undefined) await clearUnixSocket(resolve(folder, unix.path));
      else if (fd === undefined && port === 0) ports.set(index, await freePort(host));
    } catch (error) {
      throw new StartError((error as Error).message, { cause: error });
    }
  }
  return ports;
}

function freePort(host: string): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", (error) => failed(new Error(`cannot listen on ${host}: ${error.message}`, { cause: error })));
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => found(port));
    });
  });
}
