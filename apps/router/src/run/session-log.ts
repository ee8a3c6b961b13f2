import type { Logger, Plugin, RegistrationInfo, SessionInfo, SubscriptionInfo } from "@kreuz/router";

/**
 * Logs one line when a session joins and one when it leaves, and at level `debug` what it subscribes to and registers.
 *
 * @param logger - not the realm's own: these lines are never summed up.
 */
export function sessionLog(logger: Logger): Plugin {
  return {
    name: "kreuz-session-log",
    setup({ on }) {
      on("sessionJoined", (session) => {
        if (isOwn(session)) logger.info(sessionFields(session), "session joined");
      });
      on("sessionLeft", (session, { reason, message, cause }) => {
        if (!isOwn(session)) return;
        const why = { cause, reason, ...(message === undefined ? {} : { message }) };
        logger.info({ ...sessionFields(session), ...why }, "session left");
      });
      const holding = (what: string) => (held: SubscriptionInfo | RegistrationInfo, session: SessionInfo) => {
        if (isOwn(session))
          logger.debug({ ...ownerFields(session), uri: held.uri, match: held.match, id: held.id }, what);
      };
      on("subscriberAdded", holding("subscribed"));
      on("subscriberRemoved", holding("unsubscribed"));
      on("calleeAdded", holding("registered"));
      on("calleeRemoved", holding("unregistered"));
    },
  };
}

/** In a cluster, each session has its lines at its own node. */
function isOwn({ node }: SessionInfo): boolean {
  return node === undefined;
}

/** An explicit list of fields, so that no secret of a session can reach the log. */
function sessionFields({ session, realm, authid, authrole, authmethod, transport }: SessionInfo): object {
  const { peer, protocol } = transport;
  return { session, realm, authid, authrole, authmethod, peer, protocol };
}

function ownerFields({ session, realm, authid, transport }: SessionInfo): object {
  return { session, realm, authid, peer: transport.peer };
}
