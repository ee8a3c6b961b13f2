/** What the tests of authentication use of Autobahn|JS besides. */
declare module "autobahn" {
  export interface ConnectionOptions {
    readonly authmethods?: readonly string[];
    readonly authid?: string;
    readonly authextra?: Readonly<Record<string, unknown>>;
    readonly onchallenge?: (session: Session, method: string, extra: Challenge) => string;
  }

  /** CHALLENGE.Extra, as far as it is used. */
  export interface Challenge {
    readonly challenge: string;
    readonly salt?: string;
    readonly iterations?: number;
    readonly keylen?: number;
  }

  export const auth_cra: {
    sign(key: string, challenge: string): string;
    derive_key(secret: string, salt: string, iterations?: number, keylen?: number): string;
  };

  export interface KeyPair {
    readonly publicKey: Uint8Array;
  }

  export const nacl: { readonly sign: { readonly keyPair: { fromSeed(seed: Uint8Array): KeyPair } } };

  export const auth_cryptosign: {
    public_key(pair: KeyPair): string;
    sign_challenge(pair: KeyPair, extra: Challenge): string;
    /** A connection that does nothing but cryptosign. */
    create_connection(options: { url: string; realm: string; authid?: string; pkey: KeyPair }): Connection;
  };
}
