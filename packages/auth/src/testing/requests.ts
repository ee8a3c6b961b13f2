import type { AuthAccept, AuthChallenge, AuthDeny, Authenticator, AuthRequest, AuthStep } from "@kreuz/router";

/** What an authenticator gets of a HELLO. */
export function request(fields: Partial<AuthRequest> = {}): AuthRequest {
  return {
    realm: "com.example.realm",
    session: 7,
    authid: "joe",
    authextra: undefined,
    details: { roles: { caller: {} } },
    transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
    evidence: {},
    ...fields,
  };
}

/** Begins the method. @throws Error unless it sends CHALLENGE. */
export async function challenged(authenticator: Authenticator, asked: AuthRequest = request()): Promise<AuthChallenge> {
  const step = await authenticator.begin(asked);
  if (step.type !== "challenge") throw new Error(`expected a challenge, got ${JSON.stringify(step)}`);
  return step;
}

/** @throws Error unless the client is accepted. */
export async function admitted(step: AuthStep | Promise<AuthStep>): Promise<AuthAccept> {
  const settled = await step;
  if (settled.type !== "accept") throw new Error(`expected accept, got ${JSON.stringify(settled)}`);
  return settled;
}

/** @throws Error unless the client is denied. */
export async function refused(step: AuthStep | Promise<AuthStep>): Promise<AuthDeny> {
  const settled = await step;
  if (settled.type !== "deny") throw new Error(`expected deny, got ${JSON.stringify(settled)}`);
  return settled;
}
