import { expect, it } from "vitest";
import { authMethods, offeredMethods, usableMethods } from "./login.js";

const info = { realm: "kreuz.admin", webSocket: "/ws", development: false };
const SEED = "ab".repeat(32);

function offered(methods: readonly string[], secret: string): readonly string[] {
  return authMethods(methods, { authid: "grace", secret: () => secret }).map(({ authmethod }) => authmethod);
}

it("knows the methods that somebody can log in with by typing, in the order of the router", () => {
  const methods = ["tls", "wamp-scram", "ticket", "wampcra", "cryptosign", "cookie", "anonymous"];
  expect(usableMethods({ ...info, methods })).toEqual(["wamp-scram", "ticket", "wampcra", "cryptosign", "anonymous"]);
});

it("offers each by the name that the router knows it by", () => {
  const methods = ["wamp-scram", "wampcra", "ticket"];
  expect(offered(methods, "secret")).toEqual(methods);
  expect(offered(["anonymous"], "")).toEqual(["anonymous"]);
});

it("offers no key unless it is chosen, or there is nothing else", () => {
  expect(offeredMethods({ ...info, methods: ["cryptosign", "ticket"] })).toEqual(["ticket"]);
  expect(offeredMethods({ ...info, methods: ["cryptosign", "tls"] })).toEqual(["cryptosign"]);
  expect(offered(["cryptosign"], SEED)).toEqual(["cryptosign"]);
});
