// Who is online, by authid: a procedure that lists them, and a topic that tells when somebody comes or goes.

const LIST = "com.example.presence.list";
const CHANGED = "com.example.presence.changed";

/**
 * @param {object} [options]
 * @param {number} [options.lingerMs] - milliseconds that somebody whose last session has ended still counts as online, so
 * that reloading a page is no news.
 * @returns {import("@kreuz/router").Plugin}
 */
export function presence({ lingerMs = 3000 } = {}) {
  return {
    name: "presence",
    setup(realm) {
      /** The number of sessions by authid; 0 for those who linger. */
      const sessions = new Map();
      const tell = (authid, online) => realm.publish(CHANGED, { args: [{ authid, online }] });

      realm.on("sessionJoined", ({ authid }) => {
        const before = sessions.get(authid);
        sessions.set(authid, (before ?? 0) + 1);
        if (before === undefined) tell(authid, true);
      });

      realm.on("sessionLeft", ({ authid }) => {
        const left = sessions.get(authid) - 1;
        sessions.set(authid, left);
        if (left > 0) return;
        realm.clock.schedule(lingerMs, () => {
          // Back in the meantime, gone for good already, or the realm has closed.
          if (sessions.get(authid) !== 0 || realm.signal.aborted) return;
          sessions.delete(authid);
          tell(authid, false);
        });
      });

      realm.procedure(LIST, () => [...sessions.keys()]);
    },
  };
}
