// What tests of the router share. One way to make a router, and one way to join it:
//
//   const router = await createTestRouter();            // one realm, REALM, which allows everything
//   const [caller, callee] = [await router.join(), await router.join({ authid: "ann", authrole: "admin" })];
//   await callee.register(PROCEDURE);
//   const request = caller.call(PROCEDURE, {}, { timeout: 100 });
//   await callee.expect(MessageType.INVOCATION);
//   router.clock.advance(100);                          // time stands still until a test moves it
//   await expectError(caller, MessageType.CALL, request, ErrorUri.TIMEOUT);
//   await expectNoTrace(router, [caller, callee]);      // nothing of the clients is left
//
// `router` is a real Router over the in-memory transport, with a fake `clock`, `metrics` and `log` to look at.
// `router.join()` takes a codec, an identity, roles and limits of the transport; it is anonymous by default.
// `router.connectClient()` takes the same for a client that says HELLO itself. Both give a WireSession of
// @kreuz/testkit, which sends and expects messages one by one. `createTestRouter({ realm: … })` changes the realm,
// `createTestRouter({ limits: … })` the router.
//
// Tests of the running app start it with RouterProcess (./router-process.js) and wait with ./wait.js.
export { ARGS, CODEC_PAIRS, CODECS, jsonVariant, KWARGS, pickyCodec } from "./codecs.js";
export { Deferred } from "./deferred.js";
export { expectAbort, expectAlive, expectError, expectNoTrace } from "./expectations.js";
export { ACCEPT, authenticate, authenticatingRouter, authenticator, challenge } from "./handshake.js";
export { challengedClient, DENY, hello, logIn, startLogin } from "./handshake.js";
export type { Begin, Respond } from "./handshake.js";
export { argsOf, call, cancel, continueCall, expectEvents } from "./messages.js";
export { readAll, sendText, textOf, unreadInvocations } from "./messages.js";
export { callerAndCallee, localAndClient, publisherAndSubscriber } from "./pairs.js";
export { Probe } from "./probe.js";
export { AUTOBAHN_ROLES, rolesWith, rolesWithout, WAMPY_ROLES } from "./roles.js";
export { ScriptedFabric, ScriptedSession } from "./scripted-fabric.js";
export { createTestRouter, openRouters, testRealm } from "./test-router.js";
export type { ClientOptions, JoinOptions, LogLine, TestRouter, TestRouterOptions } from "./test-router.js";
export { FAILURE, MATCH_POLICIES, PROCEDURE, REALM, TOPIC } from "./uris.js";
