import type { Plugin, SessionInfo } from "@kreuz/router";

/** Writes one line for every session that joins, and one when it leaves. */
export function sessionLog(): Plugin {
  return {
    name: "kreuz-session-log",
    setup({ on, logger }) {
      on("sessionJoined", (session) => logger.info(whoIs(session), "session joined"));
      on("sessionLeft", (session, { reason, message }) => {
        logger.info({ ...whoIs(session), reason, ...(message === undefined ? {} : { message }) }, "session left");
      });
    },
  };
}

/** Written out key by key, so that no secret gets into a log because a session begins to carry one. */
function whoIs({ session, realm, authid, authrole, authmethod, transport }: SessionInfo): object {
  const { peer, protocol } = transport;
  return { session, realm, authid, authrole, authmethod, peer, protocol };
}
