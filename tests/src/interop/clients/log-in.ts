// Logs in with the real clients, and reports the outcome.
import * as autobahn from "autobahn";
import { sign as signCryptosign } from "wampy/cryptosign.js";
import { sign as signCra } from "wampy/wampcra.js";
import { Wampy } from "wampy";
import { WebSocket } from "ws";
import { inTime } from "../../support/wait.js";

// It logs every connection that closes.
autobahn.log.warn = () => {};

export interface Login {
  readonly url: string;
  readonly realm: string;
  readonly authid: string;
  readonly credential: Credential;
}

export type Credential =
  | { readonly method: "ticket"; readonly ticket: string }
  | { readonly method: "wampcra"; readonly secret: string }
  /** Ed25519, hex. */
  | { readonly method: "cryptosign"; readonly privateKey: string; readonly publicKey: string };

/** The identity in WELCOME, or the reason in ABORT. */
export type Outcome =
  | {
      readonly authid: unknown;
      readonly authrole: unknown;
      readonly authmethod: unknown;
      readonly authprovider: unknown;
    }
  | { readonly abort: string };

/** A client library. */
export interface LoginClient {
  readonly name: string;
  logIn(login: Login): Promise<Outcome>;
}

function identityIn(details: Readonly<Record<string, unknown>>): Outcome {
  const { authid, authrole, authmethod, authprovider } = details;
  return { authid, authrole, authmethod, authprovider };
}

export const autobahnLogin: LoginClient = {
  name: "Autobahn|JS",
  logIn({ url, realm, authid, credential }) {
    const connection = new autobahn.Connection({
      url,
      realm,
      authid,
      authmethods: [credential.method],
      authextra: credential.method === "cryptosign" ? { pubkey: credential.publicKey } : {},
      onchallenge: (_session, _method, extra) => autobahnSignature(credential, extra),
      retry_if_unreachable: false,
    });
    return outcomeOf(connection);
  },
};

/** Uses the connection that Autobahn|JS itself creates for cryptosign, without an authid. */
export function logInByKeyAlone(url: string, realm: string, privateKey: string): Promise<Outcome> {
  return outcomeOf(autobahn.auth_cryptosign.create_connection({ url, realm, pkey: pairOf(privateKey) }));
}

function outcomeOf(connection: autobahn.Connection): Promise<Outcome> {
  const outcome = new Promise<Outcome>((resolve) => {
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- these are properties of Autobahn, not events
    connection.onopen = (_session, details) => {
      resolve(identityIn(details));
      connection.close();
    };
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    connection.onclose = (reason, details) => {
      resolve({ abort: details.reason ?? reason });
      return true;
    };
  });
  connection.open();
  return inTime("Autobahn|JS to log in", outcome);
}

function autobahnSignature(credential: Credential, extra: autobahn.Challenge): string {
  if (credential.method === "ticket") return credential.ticket;
  if (credential.method === "cryptosign")
    return autobahn.auth_cryptosign.sign_challenge(pairOf(credential.privateKey), extra);
  const { challenge, salt, iterations, keylen } = extra;
  const { sign, derive_key: derive } = autobahn.auth_cra;
  return sign(salt === undefined ? credential.secret : derive(credential.secret, salt, iterations, keylen), challenge);
}

function pairOf(privateKey: string): autobahn.KeyPair {
  return autobahn.nacl.sign.keyPair.fromSeed(Uint8Array.from(Buffer.from(privateKey, "hex")));
}

type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>;

export const wampyLogin: LoginClient = {
  name: "Wampy",
  async logIn({ url, realm, authid, credential }) {
    const { method } = credential;
    const plugin =
      method === "ticket"
        ? () => credential.ticket
        : method === "wampcra"
          ? signCra(credential.secret)
          : signCryptosign(credential.privateKey);
    const client = new Wampy(url, {
      realm,
      authid,
      authmethods: [method],
      authextra: method === "cryptosign" ? { pubkey: credential.publicKey } : {},
      authMode: "auto",
      authPlugins: { [method]: plugin } as unknown as NonNullable<WampyOptions["authPlugins"]>,
      ws: WebSocket as unknown as NonNullable<WampyOptions["ws"]>,
      autoReconnect: false,
    });
    try {
      const welcome = await inTime("Wampy to log in", client.connect());
      await client.disconnect();
      return identityIn(welcome as unknown as Readonly<Record<string, unknown>>);
    } catch (error) {
      return { abort: abortOf(error) };
    }
  },
};

function abortOf(error: unknown): string {
  const uri = typeof error === "object" && error !== null && "errorUri" in error ? error.errorUri : undefined;
  return typeof uri === "string" ? uri : String(error);
}
