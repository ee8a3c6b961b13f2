import { describe, expect, it } from "vitest";
import { TicketAccounts } from "./accounts.js";
import { hashTicket } from "./hashing.js";
import { admitted, challenged, refused, request } from "./testing/requests.js";
import { ticket } from "./ticket.js";

const ticketHash = hashTicket("mellon", { iterations: 10 });
const authenticator = async () =>
  ticket({
    store: new TicketAccounts({
      joe: { authrole: "frontend", ticket: "secret!!!" },
      ann: { authrole: "admin", ticketHash: await ticketHash },
    }),
  });

async function logIn(authid: string, shown: string) {
  const { extra, respond } = await challenged(await authenticator(), request({ authid }));
  expect(extra).toEqual({});
  return respond(shown, {});
}

describe("ticket", () => {
  it("accepts plain and hashed tickets", async () => {
    expect(await admitted(logIn("joe", "secret!!!"))).toEqual({
      type: "accept",
      authid: "joe",
      authrole: "frontend",
      authprovider: "static",
    });
    expect(await admitted(logIn("ann", "mellon"))).toMatchObject({ authid: "ann", authrole: "admin" });
  });

  it("gives wrong tickets, the hash itself and unknown names the same answer", async () => {
    const answers = [];
    for (const [authid, shown] of [
      ["joe", "secret!!"],
      ["joe", ""],
      ["joe", "mellon"],
      ["ann", await ticketHash],
      ["ann", "secret!!!"],
      ["bob", "secret!!!"],
      ["bob", "mellon"],
      ["bob2", "secret!!!"],
      ["toString", ""],
    ] as const)
      answers.push(JSON.stringify({ ...(await refused(logIn(authid, shown))) }));
    expect(new Set(answers).size).toBe(1);
  });

  it("denies HELLO without authid at once", async () => {
    await refused((await authenticator()).begin(request({ authid: undefined })));
  });

  it("rejects malformed hashes at start", () => {
    for (const broken of ["mellon", "pbkdf2-sha512$0$AAAA$AAAA", "md5$1$AAAA$AAAA"])
      expect(() => new TicketAccounts({ ann: { authrole: "admin", ticketHash: broken } })).toThrow("ticketHash");
  });

  it("hashes are salted, and contain their cost", async () => {
    const again = await hashTicket("mellon", { iterations: 10 });
    expect(again).toMatch(/^pbkdf2-sha512\$10\$/);
    expect(again).not.toBe(await ticketHash);
  });
});
