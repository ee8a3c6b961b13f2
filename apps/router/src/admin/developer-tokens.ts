import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { DEVELOPER, type NextToken } from "@kreuz/admin";
import { ticket } from "@kreuz/auth";
import type { Clock, Dict } from "@kreuz/codec";
import type { Authenticator } from "@kreuz/router";

/**
 * Lets the developer into the management realm of a router that runs with development defaults: by the token in the link that it
 * prints. Each token is good for one login, which brings the next one, so that a link that others find later is good for nothing.
 */
export class DeveloperTokens {
  /** For the link. */
  readonly first: string;
  #valid: Buffer;

  constructor() {
    this.first = newToken();
    this.#valid = hashOf(this.first);
  }

  /** The method `ticket`, for the authid {@link DEVELOPER} alone. */
  authenticator(clock: Clock): Authenticator {
    const verify = ({ authid }: { readonly authid: string | undefined }, token: string) => {
      if (authid !== DEVELOPER || !timingSafeEqual(hashOf(token), this.#valid)) return undefined;
      const next: NextToken = { token: newToken() };
      this.#valid = hashOf(next.token);
      return { authrole: "operator", authextra: { ...next } as Dict };
    };
    return ticket({ store: { provider: "development", verify }, clock });
  }
}

function newToken(): string {
  return randomBytes(18).toString("base64url");
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
