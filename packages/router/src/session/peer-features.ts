import type { ClientRole, HelloDetails } from "@kreuz/codec";

/** What the router asks about its peers, by role and feature, with a bit for each. */
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

const ASKED = Object.entries(BITS).map(([name, bit]) => {
  const [role, feature] = name.split(".") as [ClientRole, string];
  return { role, feature, bit };
});

/** What a peer announced, of what the router asks about: a sum of bits, since there is one for every session. */
export type PeerFeatures = number;

/** Reads the roles of HELLO (spec: "Feature Announcement"). */
export function peerFeatures(roles: HelloDetails["roles"]): PeerFeatures {
  let announced = 0;
  for (const { role, feature, bit } of ASKED) if (roles[role]?.features?.[feature] === true) announced |= bit;
  // The specification spells this one in two ways.
  if (roles.callee?.features?.["call_cancelling"] === true) announced |= BITS["callee.call_canceling"];
  return announced;
}

/** True when the peer announced the feature for the role in its HELLO. */
export function announces(session: { readonly features: PeerFeatures }, feature: PeerFeature): boolean {
  return (session.features & BITS[feature]) !== 0;
}
