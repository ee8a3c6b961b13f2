import { describe, expect, it } from "vitest";
import { TlsAccounts } from "./accounts.js";
import { admitted, refused, request } from "./testing/requests.js";
import { tls } from "./tls.js";

const FINGERPRINT = "b6e5e6f22a86db3cdc9f514258399b14925da1eb00112233445566778899aabb";
const colons = FINGERPRINT.toUpperCase().replaceAll(/..(?=.)/g, "$&:");
const store = new TlsAccounts({
  client_0: { authrole: "backend", fingerprint: colons },
  sensor: { authrole: "device", commonName: "sensor.example.com" },
  twin: { authrole: "device", commonName: "sensor.example.com" },
  empty: { authrole: "device" },
});
const certified = (fingerprint: string, commonName?: string) => ({
  certificate: { fingerprint, ...(commonName === undefined ? {} : { commonName }) },
});
const begin = (fields: Parameters<typeof request>[0]) =>
  tls({ store }).begin(request({ authid: undefined, ...fields }));

describe("tls", () => {
  it("identifies the client by fingerprint or by common name", async () => {
    const welcome = await admitted(begin({ evidence: certified(FINGERPRINT) }));
    expect(welcome).toEqual({ type: "accept", authid: "client_0", authrole: "backend", authprovider: "static" });
    const evidence = certified("00".repeat(32), "sensor.example.com");
    expect(await admitted(begin({ authid: "sensor", evidence }))).toMatchObject({ authid: "sensor" });
  });

  it("denies unknown certificates, those of other accounts and ambiguous ones", async () => {
    await refused(begin({ evidence: certified("11".repeat(32)) }));
    await refused(begin({ authid: "sensor", evidence: certified(FINGERPRINT) }));
    await refused(begin({ evidence: certified("11".repeat(32), "sensor.example.com") }));
    await refused(begin({ authid: "empty", evidence: certified("11".repeat(32)) }));
    await refused(begin({ evidence: {} }));
  });

  it("does not apply without a certificate, so that the client's next method is tried", () => {
    const { applies } = tls({ store });
    expect(applies?.(request())).toBe(false);
    expect(applies?.(request({ evidence: certified(FINGERPRINT) }))).toBe(true);
  });
});
