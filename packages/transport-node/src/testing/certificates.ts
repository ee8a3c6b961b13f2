import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { TlsOptions } from "../tls/tls-options.js";
import { bits, der, integer, octets, oid, sequence, set, utcTime, utf8, yes } from "./der.js";

const COMMON_NAME = "2.5.4.3";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));

/** A certificate and its key, as PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority. */
export class Authority {
  readonly cert: string;
  readonly #name: string;
  readonly #key: KeyObject;

  constructor(name: string) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#name = name;
    this.#key = privateKey;
    this.cert = this.#sign(name, publicKey, extension(BASIC_CONSTRAINTS, sequence(yes), true));
  }

  /** @param names - DNS names, 127.0.0.1, e-mail addresses and URIs. */
  issue(commonName: string, names: readonly string[]): Certified {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const cert = this.#sign(commonName, publicKey, extension(SUBJECT_ALT_NAME, sequence(...names.map(generalName))));
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  #sign(subject: string, key: KeyObject, ...extensions: readonly Buffer[]): string {
    const certificate = sequence(
      der(0xa0, integer(Buffer.of(2))),
      integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
      ECDSA_WITH_SHA256,
      nameOf(this.#name),
      sequence(utcTime("250101000000Z"), utcTime("490101000000Z")),
      nameOf(subject),
      key.export({ type: "spki", format: "der" }),
      der(0xa3, sequence(...extensions)),
    );
    const signed = sequence(certificate, ECDSA_WITH_SHA256, bits(sign("sha256", certificate, this.#key)));
    return `-----BEGIN CERTIFICATE-----\n${signed.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;
  }
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(oid(COMMON_NAME), utf8(commonName))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return critical ? sequence(oid(id), yes, octets(value)) : sequence(oid(id), octets(value));
}

function generalName(name: string): Buffer {
  if (name === "127.0.0.1") return der(0x87, Buffer.of(127, 0, 0, 1));
  return der(name.includes("@") ? 0x81 : name.includes(":") ? 0x86 : 0x82, Buffer.from(name));
}

/** A server on the loopback address, and the authority that its clients and itself trust. */
export interface TestTls {
  readonly authority: Authority;
  readonly ca: string;
  readonly server: TlsOptions;
}

export function testTls(): TestTls {
  const authority = new Authority("Test Authority");
  return { authority, ca: authority.cert, server: authority.issue("localhost", ["localhost", "127.0.0.1"]) };
}
