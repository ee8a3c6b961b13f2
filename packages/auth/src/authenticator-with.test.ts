import type { Authenticator, AuthAccept, RealmContext, RealmPart } from "@kreuz/router";
import { expect, it } from "vitest";
import { authenticatorWith } from "./authenticator-with.js";
import { request } from "./testing/requests.js";

class Method implements Authenticator, RealmPart {
  readonly method = "own";
  readonly #accept: AuthAccept = { type: "accept", authid: "joe", authrole: "user", authprovider: "test" };
  setups = 0;

  applies(): boolean {
    return this.#accept.authid === "joe";
  }

  begin(): AuthAccept {
    return this.#accept;
  }

  lookup(): AuthAccept {
    return this.#accept;
  }

  setup(): void {
    this.setups++;
  }
}

it("an instance of a class keeps all its methods when its name or its begin is another", async () => {
  const own = new Method();
  const named = authenticatorWith(own, { method: "named" });
  const denied = authenticatorWith(own, { begin: () => ({ type: "deny", reason: "com.example.no", message: "no" }) });
  expect([named.method, denied.method]).toEqual(["named", "own"]);
  expect((await named.begin(request())).type).toBe("accept");
  expect((await denied.begin(request())).type).toBe("deny");
  for (const other of [named, denied]) {
    expect(other.applies?.(request())).toBe(true);
    expect(await other.lookup?.(request())).toMatchObject({ authid: "joe" });
    await other.setup?.({} as RealmContext);
  }
  expect(own.setups).toBe(2);
});

it("what an authenticator does not have, it does not get", () => {
  const plain: Authenticator = { method: "plain", begin: () => new Method().begin() };
  expect(Object.keys(authenticatorWith(plain, { method: "other" })).toSorted()).toEqual(["begin", "method"]);
});
