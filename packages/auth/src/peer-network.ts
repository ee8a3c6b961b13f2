/**
 * The network that a peer's address counts for: an IPv4 address, or the first 64 bits of an IPv6 one, which is what a
 * single customer has at least.
 *
 * @param peer - as `TransportInfo.peer`: `127.0.0.1:53122`, `[::1]:53122`.
 */
export function peerNetwork(peer: string): string {
  const bracketed = /^\[([^\]%]*)/.exec(peer)?.[1];
  if (bracketed === undefined) return peer.replace(/:\d+$/, "");
  const [before = "", after] = bracketed.toLowerCase().split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const head = groups(before);
  const tail = groups(after ?? "");
  const zeros = Array.from({ length: after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length) }, () => "0");
  const full = [...head, ...zeros, ...tail].map((group) => group.replace(/^0+(?=.)/, ""));
  return `${full.slice(0, 4).join(":")}::/64`;
}
