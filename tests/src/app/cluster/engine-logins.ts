// What a NATS server is told about who may log in, and what a node needs for it.
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";

const text = new TextDecoder();
const bytes = new TextEncoder();
/** Everything, and JetStream. */
const UNLIMITED = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
};

/** A config of the server, and the secret of a user whom it knows. */
export interface Login {
  readonly server: string;
  readonly secret: string;
}

/** A user who proves that it has the key of which the server has the public half. */
export function nkeyLogin(): Login {
  const user = createUser();
  return {
    server: `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`,
    secret: text.decode(user.getSeed()),
  };
}

/** A user whom an account vouches for, for which the operator of the server vouches. */
export function credsLogin(): Login {
  const [operator, system, account, user] = [createOperator(), createAccount(), createAccount(), createUser()];
  const accountJwt = (key: KeyPair, limits: object): string =>
    signed(operator, key, "account", { limits, default_permissions: { pub: {}, sub: {} } });
  const {
    mem_storage: _memory,
    disk_storage: _disk,
    streams: _streams,
    consumer: _consumer,
    ...withoutJetStream
  } = UNLIMITED;
  const preloaded = [
    [system, withoutJetStream],
    [account, UNLIMITED],
  ] as const;
  const server = `
    operator: ${signed(operator, operator, "operator", { system_account: system.getPublicKey() })}
    system_account: ${system.getPublicKey()}
    resolver: MEMORY
    resolver_preload: {
      ${preloaded.map(([key, limits]) => `${key.getPublicKey()}: ${accountJwt(key, limits)}`).join("\n")}
    }`;
  const jwt = signed(account, user, "user", { pub: {}, sub: {}, subs: -1, data: -1, payload: -1 });
  const seed = text.decode(user.getSeed());
  const secret =
    `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
    `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
  return { server, secret };
}

function signed(issuer: KeyPair, subject: KeyPair, type: string, nats: object): string {
  const iat = Math.floor(Date.now() / 1000);
  const [iss, sub] = [issuer.getPublicKey(), subject.getPublicKey()];
  const claims = { jti: sub, iat, iss, name: type, sub, nats: { ...nats, type, version: 2 } };
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode(claims)}`;
  return `${body}.${Buffer.from(issuer.sign(bytes.encode(body))).toString("base64url")}`;
}
