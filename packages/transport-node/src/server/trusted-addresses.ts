import { BlockList, isIP } from "node:net";
import { ConfigError } from "@kreuz/codec";
import { plainAddress } from "../connection/peer-address.js";

/** Whether an address is on a list; no address, as on a Unix socket, is where the list has `unix`. */
export type AddressTest = (address: string | undefined) => boolean;

/**
 * @param list - addresses, networks such as `10.0.0.0/8`, and `unix` for peers on a Unix socket.
 * @throws ConfigError for an entry that is none of these.
 */
export function trustedAddresses(list: readonly string[] | undefined): AddressTest {
  // The platform takes its time to look an address up, and most lists are empty.
  if (list === undefined || list.length === 0) return () => false;
  const networks = new BlockList();
  let unix = false;
  for (const entry of list) {
    if (entry === "unix") unix = true;
    else addNetwork(networks, entry);
  }
  return (address) => {
    if (address === undefined) return unix;
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && networks.check(plain, family === 6 ? "ipv6" : "ipv4");
  };
}

function addNetwork(networks: BlockList, entry: string): void {
  const [address = "", bits, ...more] = entry.split("/");
  const family = isIP(address);
  const width = family === 6 ? 128 : 32;
  const length = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (family === 0 || more.length > 0 || length < 0 || length > width)
    throw new ConfigError("trustedProxies", `expected an address, a network or "unix", got "${entry}"`);
  networks.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
}
