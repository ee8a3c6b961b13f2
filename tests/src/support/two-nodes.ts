// Runs the scenarios of the specification on two nodes: with KREUZ_NODES=2 createTestRouter joins two routers, and clients
// join the one and the other by turns. What two nodes do differently is listed here, with the reason; everything else holds.
import { beforeEach } from "vitest";

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
};

beforeEach(({ task, skip }) => {
  for (const [file, names] of Object.entries(DIFFERENCES)) {
    if (!task.file.filepath.includes(`/tests/src/${file}`)) continue;
    for (const [name, why] of Object.entries(names)) if (task.name.includes(name)) skip(WHY[why]);
  }
});
