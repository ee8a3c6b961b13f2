import { MetaProcedure } from "@kreuz/codec";
import type { Plugin } from "@kreuz/router";
import { limitsWithDefaults, type TestamentOptions } from "./limits.js";
import { Notary } from "./testament-service.js";

const FEATURES = { testament_meta_api: true };

/**
 * Testaments (spec: "Session Testament"): what a session wants published when it is gone, whether it said goodbye or
 * not.
 *
 * @throws ConfigError when a limit is not a positive integer.
 */
export function testament(options?: TestamentOptions): Plugin {
  const limits = limitsWithDefaults(options);
  return {
    name: "testament",
    features: { broker: FEATURES, dealer: FEATURES },
    setup(realm) {
      const notary = new Notary(realm, limits);
      realm.procedure(MetaProcedure.SESSION_ADD_TESTAMENT, (call) => notary.add(call));
      realm.procedure(MetaProcedure.SESSION_FLUSH_TESTAMENTS, (call) => notary.flush(call));
      realm.on("sessionLeaving", (session, departure) => void notary.execute(session, departure));
    },
  };
}
