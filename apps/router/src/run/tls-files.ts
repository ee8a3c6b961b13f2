import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "@kreuz/transport-node";
import type { ConfigPath } from "../config/config-problem.js";
import type { TlsConfig } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";

type Setting = "cert" | "key" | "ca";

/** A file of a TLS setting cannot be used. */
class TlsFileError extends Error {
  readonly setting: Setting;

  constructor(setting: Setting, message: string, cause?: unknown) {
    super(message, { cause });
    this.setting = setting;
  }
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const EXPIRES_SOON_MS = 14 * 86_400_000;

/**
 * Reads the TLS files of one listener, and checks that they can be used and belong together.
 *
 * @param path - where the config has them.
 * @throws InvalidConfigError naming the setting and the file.
 */
export async function readTls(config: TlsConfig, path: ConfigPath, loaded: LoadedConfig): Promise<TlsOptions> {
  try {
    return await read(config, loaded.folder);
  } catch (error) {
    if (!(error instanceof TlsFileError)) throw error;
    loaded.rejectIfAny([loaded.problem([...path, error.setting], error.message)]);
    throw error;
  }
}

async function read(config: TlsConfig, folder: string): Promise<TlsOptions> {
  const { requestCert, rejectUnauthorized, minVersion } = config;
  const ciphers = config.ciphers === undefined ? {} : { ciphers: config.ciphers };
  const cert = await readText("cert", config.cert, folder);
  const key = await readText("key", config.key, folder);
  const ca = config.ca === undefined ? {} : { ca: await readText("ca", config.ca, folder) };
  const [certificate] = certificatesOf("cert", config.cert, cert);
  if (!certificate.checkPrivateKey(privateKeyOf(config.key, key)))
    throw new TlsFileError("key", `${config.key} is not the key of the certificate in ${config.cert}`);
  if (ca.ca !== undefined && config.ca !== undefined) certificatesOf("ca", config.ca, ca.ca);
  try {
    createSecureContext({ cert, key, minVersion, ...ca, ...ciphers });
  } catch (error) {
    throw new TlsFileError("cert", `${config.cert} and ${config.key} cannot be used: ${messageOf(error)}`, error);
  }
  return { cert, key, ...ca, ...ciphers, requestCert, rejectUnauthorized, minVersion };
}

/** What is wrong with a certificate that can be used nevertheless: that its time is over, or soon will be. */
export function certificateWarning({ cert }: TlsOptions, now: number): string | undefined {
  const { validFrom, validTo } = new X509Certificate(cert as string);
  if (now < Date.parse(validFrom)) return `the certificate is not valid before ${validFrom}`;
  if (now > Date.parse(validTo)) return `the certificate expired on ${validTo}; renew it and send SIGHUP`;
  if (now > Date.parse(validTo) - EXPIRES_SOON_MS)
    return `the certificate expires on ${validTo}; renew it and send SIGHUP`;
  return undefined;
}

async function readText(setting: Setting, file: string, folder: string): Promise<string> {
  try {
    return await readFile(resolve(folder, file), "utf8");
  } catch (error) {
    throw new TlsFileError(setting, `cannot read ${file}: ${messageOf(error)}`, error);
  }
}

function certificatesOf(setting: Setting, file: string, text: string): [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = text.match(CERTIFICATES) ?? [];
  if (first === undefined) throw new TlsFileError(setting, `${file} has no certificate; expected PEM`);
  try {
    return [new X509Certificate(first), ...rest.map((pem) => new X509Certificate(pem))];
  } catch (error) {
    throw new TlsFileError(setting, `${file} has a certificate that cannot be read: ${messageOf(error)}`, error);
  }
}

function privateKeyOf(file: string, text: string): KeyObject {
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text))
    throw new TlsFileError("key", `${file} is encrypted with a passphrase; decrypt it with: openssl pkey -in ${file}`);
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new TlsFileError("key", `${file} has no private key that can be read; expected PEM`, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
