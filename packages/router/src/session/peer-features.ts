import { MessageType as M, ProtocolError, type ClientRole, type HelloDetails, type Message } from "@kreuz/codec";
import { isPassthru } from "../payload/passthru.js";

/** The features the router asks its peers about, by role, with a bit for each. */
const BITS = {
  "publisher.payload_passthru_mode": 1,
  "subscriber.subscription_revocation": 2,
  "caller.payload_passthru_mode": 4,
  "caller.progressive_call_invocations": 8,
  "callee.call_canceling": 16,
  "callee.call_reroute": 32,
  "callee.payload_passthru_mode": 64,
  "callee.progressive_call_invocations": 128,
  "callee.progressive_call_results": 256,
  "callee.registration_revocation": 512,
} as const;

type PeerFeature = keyof typeof BITS;

const KNOWN_FEATURES = Object.entries(BITS).map(([name, bit]) => {
  const [role, feature] = name.split(".") as [ClientRole, string];
  return { role, feature, bit };
});

/** The features a peer announced, as a sum of bits: every session holds one. */
export type PeerFeatures = number;

/** Whoever announced features: a session. */
interface Peer {
  readonly features: PeerFeatures;
}

/** Reads the roles of HELLO (spec: "Feature Announcement"). */
export function peerFeatures(roles: HelloDetails["roles"]): PeerFeatures {
  let announced = 0;
  for (const { role, feature, bit } of KNOWN_FEATURES) if (roles[role]?.features?.[feature] === true) announced |= bit;
  // The specification spells this one in two ways.
  if (roles.callee?.features?.["call_cancelling"] === true) announced |= BITS["callee.call_canceling"];
  return announced;
}

/** Whether the peer announced the feature for the role in its HELLO. */
export function announces(peer: Peer, feature: PeerFeature): boolean {
  return (peer.features & BITS[feature]) !== 0;
}

/**
 * A client may use only what it announced in HELLO (spec: "Progressive Call Invocations", "Payload Passthru Mode").
 *
 * @param strictProgress - refuse progressive invocations from callers that did not announce them.
 * @throws ProtocolError when a message uses a feature that its sender did not announce.
 */
export function checkAnnounced(sender: Peer, message: Message, strictProgress: boolean): void {
  switch (message.type) {
    case M.CALL:
      if (strictProgress && message.options.progress === true) checkStreams(sender);
      if (isPassthru(message.options) && !announces(sender, "caller.payload_passthru_mode"))
        throw unannounced("CALL", "caller");
      return;
    case M.PUBLISH:
      if (isPassthru(message.options) && !announces(sender, "publisher.payload_passthru_mode"))
        throw unannounced("PUBLISH", "publisher");
      return;
    case M.YIELD:
      if (isPassthru(message.options) && !announces(sender, "callee.payload_passthru_mode"))
        throw unannounced("YIELD", "callee");
  }
}

function checkStreams(caller: Peer): void {
  if (announces(caller, "caller.progressive_call_invocations")) return;
  throw new ProtocolError("CALL.Options.progress: the caller did not announce progressive_call_invocations");
}

function unannounced(message: string, role: string): ProtocolError {
  return new ProtocolError(`${message}.Options.ppt_scheme: the ${role} did not announce payload_passthru_mode`);
}
