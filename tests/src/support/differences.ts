// What several nodes do differently from one, with the reason: with KREUZ_SPREAD the parties of tests come by turns to two nodes of a
// cluster, or to two workers, and everything holds that is not listed here.
import { beforeEach } from "vitest";
import { SPREAD } from "./spread.js";

/** Why a scenario does not hold, by reasons that are facts of a realm on several nodes. */
const WHY = {
  ids: "registrations and subscriptions have the same id whenever their URI and match policy are the same",
  waiting: "a call that waits at the node of a callee waits for that callee, though another one may be free before",
  checkedFirst: "what a callee on another node does not support is refused at once, not when the callee is free",
  perNode: "each node counts, keeps, checks and encodes for itself",
  plugins: "each node has the plugins, and what a plugin publishes stays on its node",
  local: "a local session is a client of its node: registering and subscribing for the realm takes its time",
  created: "the time of a registration is that of all nodes, which goes on with each message between them",
  history: "a store of the event history in the memory or the files of one node is not that of the others",
  metaOrder: "`on_unsubscribe` and `on_delete` of one subscription are in order, those of several are not",
  newestFirst: "calls of a caller that leaves end newest first, so that one that waits at another node is never begun",
  stopping: "each node stops for itself: calls to it fail while the others go on, and they are told who left",
  outcomes: "a call that ends at the node of its callee counts as an error at that of its caller",
  turns: "what a session that leaves holds is taken out in turns, at each node, and the test waits for those of one",
  model: "the model is of one router, which knows at once which callees are busy",
} as const;

/** Scenarios that do not hold, by file: the beginning of their names, or all. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, keyof typeof WHY>>>> = {
  "advanced/call-canceling.test.ts": { "interrupts with killnowait all invocations of a caller": "newestFirst" },
  "advanced/call-model.test.ts": { "every step causes the messages that the model expects": "model" },
  "advanced/call-rerouting.test.ts": { "fails at once when they unregister, even if other calls wait": "waiting" },
  "advanced/concurrency.test.ts": {
    "a new callee of a shared registration serves waiting calls": "waiting",
    "a new call does not overtake waiting calls": "waiting",
    "waiting calls that the callee does not support fail": "checkedFirst",
  },
  "advanced/event-history/": { "": "history" },
  "advanced/event-retention.test.ts": {
    "keeps up to retainedTopicsPerRealm topics": "perNode",
    "a plugin's publications are kept": "plugins",
  },
  "advanced/kept-integers.test.ts": { "": "history" },
  "advanced/registration-revocation.test.ts": {
    "takes over the procedure: the old callee is told": "ids",
    "works for a free procedure and for one's own": "ids",
  },
  "advanced/shared-registration.test.ts": { "the policy is free again when the registration is gone": "ids" },
  "auth/denials.test.ts": { "all are counted; the 1st, 10th and 100th": "perNode" },
  "auth/force-reregister.test.ts": { "the procedure of a session in the process": "local" },
  "auth/methods.test.ts": { "a wrong credential and an unknown authid": "perNode" },
  "auth/reauthorization.test.ts": {
    "subscriptions and registrations that are no longer allowed": "perNode",
    "an entry that the client has removed meanwhile": "perNode",
  },
  "basic/call-payloads.test.ts": { "arguments that the callee's codec cannot encode": "perNode" },
  "basic/events.test.ts": { "an encoding that is made once per codec": "perNode" },
  "basic/publish-subscribe.test.ts": {
    "a new SUBSCRIBE receives events again": "ids",
    "subscriptionCreated with the first subscriber": "plugins",
  },
  "basic/remote-procedure-calls.test.ts": {
    "UNREGISTERED repeats the request id": "ids",
    "registrationCreated, calleeAdded, calleeRemoved": "created",
  },
  "meta/registration-meta.test.ts": { "does not touch the registrations of local sessions": "local" },
  "meta/registry-meta.test.ts": { "is removed from all its entries": "metaOrder" },
  "meta/registry-visibility.test.ts": { "very long listings are made in turns": "local" },
  "meta/session-meta.test.ts": {
    "comes after WELCOME, so that": "plugins",
    "comes after the registrations, subscriptions and testaments": "plugins",
  },
  "router/departures.test.ts": {
    "gives its procedures up at once": "turns",
    "is invoked no more where it shared a procedure": "waiting",
  },
  "router/farewell.test.ts": {
    "plugins see why sessions left": "stopping",
    "nobody joins meanwhile": "stopping",
    "closes connections over that time": "stopping",
  },
  "router/guards.test.ts": { "attributes of a login are seen by plugins": "plugins" },
  "router/inspection.test.ts": { "shows who holds what": "perNode" },
  "router/limits.test.ts": {
    "sessionsPerRealm: one more gets ABORT": "perNode",
    "retainedTopicsPerRealm: the topic": "perNode",
    "retainedBytesPerRealm: payloads": "perNode",
  },
  "router/local-procedures.test.ts": {
    "serve and call clients that speak": "local",
    "get the caller and the procedure": "local",
    "return ": "local",
    "a WampError is passed to the caller": "local",
  },
  "router/local-session.test.ts": {
    "cannot publish or register under wamp.": "local",
    "receive an event without payload": "local",
    "receive the topic of every event": "local",
    "handlers run after publish() has returned": "local",
    "a handler that fails is logged": "local",
    "procedures answer: the authorizer may be the one": "local",
    "removes all entries and fails calls": "local",
    "leaves nothing behind, even with a call": "local",
    "a handler that is still running then": "local",
  },
  "router/memory-budget.test.ts": { "a transport that keeps the account": "perNode" },
  "router/own-procedures.test.ts": { "a caller is read on when": "plugins" },
  "router/plugins.test.ts": {
    "a plugin can remove an entry when it is added": "plugins",
    "a listener that fails is logged": "plugins",
    "plugins are set up in order": "plugins",
  },
  "router/shutdown.test.ts": {
    "sends no meta events and no errors of calls after GOODBYE": "stopping",
    "cleans up plugins in reverse order": "plugins",
    "does its work once if called twice": "plugins",
  },
  "router/slow-consumers.test.ts": {
    "events above the high-water mark are dropped": "perNode",
    "RESULT, ERROR, INVOCATION and acknowledgements": "perNode",
    "GOODBYE limit_exceeded ends the session at once": "perNode",
  },
  "router/stats.test.ts": {
    "callee_lost and caller_lost": "outcomes",
    "no_callee: it unregisters": "outcomes",
    "joined by method, left by cause": "perNode",
    "messages by type and direction": "perNode",
    "what belongs to no realm": "perNode",
    "numbers of one session": "perNode",
  },
};

/**
 * Why other scenarios do not hold at two workers, whose messages take a turn of the event loop: what a session has, and what of it is gone, is
 * known to the others a little later. Clients of tests wait for that, sessions inside the router and plugins do not.
 */
const SOON = "what happens at one worker is known to the others a little later";

const AT_WORKERS: Readonly<Record<string, readonly string[]>> = {
  "advanced/call-model.test.ts": ["keep their invariants"],
  "auth/reauthorization.test.ts": ["plugins and local sessions keep their entries"],
  "basic/ordering.test.ts": ["also within a burst"],
  "router/invariants.test.ts": [
    "reaches each matching subscription once",
    "every call gets exactly one final answer",
    "goes to the best registration or to nobody",
  ],
  "session/reconnecting.test.ts": ["with another reason, such as a kill"],
};

beforeEach(({ task, skip }) => {
  for (const [file, names] of Object.entries(DIFFERENCES)) {
    if (!task.file.filepath.includes(`/tests/src/${file}`)) continue;
    for (const [name, why] of Object.entries(names)) if (task.name.includes(name)) skip(WHY[why]);
  }
  if (SPREAD !== "workers") return;
  for (const [file, names] of Object.entries(AT_WORKERS))
    if (task.file.filepath.includes(`/tests/src/${file}`) && names.some((name) => task.name.includes(name))) skip(SOON);
});
