import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { TlsOptions } from "@kreuz/transport-node";
import type { TlsConfig } from "../config/config.js";

/**
 * Reads the files that a transport's TLS is made of.
 *
 * @param folder - that their paths are relative to.
 * @throws Error naming the setting and the file.
 */
export async function readTls(config: TlsConfig, folder: string): Promise<TlsOptions> {
  const { requestCert, rejectUnauthorized, minVersion } = config;
  const read = async (setting: "cert" | "key" | "ca", file: string): Promise<string> => {
    try {
      return await readFile(resolve(folder, file), "utf8");
    } catch (error) {
      throw new Error(`tls.${setting}: ${(error as Error).message}`, { cause: error });
    }
  };
  return {
    cert: await read("cert", config.cert),
    key: await read("key", config.key),
    ...(config.ca === undefined ? {} : { ca: await read("ca", config.ca) }),
    requestCert,
    rejectUnauthorized,
    minVersion,
  };
}
