import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The directory of a key and a certificate for this machine, made by `openssl` at first use. */
export function certificateDirectory(): string {
  const directory = join(tmpdir(), `kreuz-bench-${process.getuid?.() ?? 0}`);
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  if (existsSync(cert)) return directory;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-subj", "/CN=localhost", "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return directory;
}

/** Key and certificate, in a server. */
export function certificate(): { readonly key: string; readonly cert: string } {
  const directory = process.env["KREUZ_BENCH_CERTIFICATE"] ?? "";
  const read = (name: string): string => readFileSync(join(directory, name), "utf8");
  return { key: read("key.pem"), cert: read("cert.pem") };
}
