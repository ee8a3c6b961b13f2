// Who did what: a line of JSON for each call that ended, each request that was refused, and each client that could not join.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import { options, text } from "@kreuz/codec/options";
import { defineRouterPlugin } from "@kreuz/router";

/** Bytes that may wait for the disk; lines beyond are counted, and lost. */
const MAX_WAITING = 16 * 1024 * 1024;

/** A plugin of the router, because all realms share one file. */
export const auditLog = defineRouterPlugin({
  name: "audit-log",
  options: options({ file: text("the path of a file").default("audit.log") }),
  create: ({ file }) => ({
    async setup(router) {
      const log = createWriteStream(resolve(router.baseDirectory ?? ".", file), { flags: "a" });
      // Without the file, the router does not start.
      await once(log, "open");
      log.on("error", (error) => router.logger.error({ error }, "the audit log cannot be written"));
      let lost = 0;
      const write = (event, fields) => {
        if (log.writableLength > MAX_WAITING) return void lost++;
        const line = {
          time: new Date(router.clock.now()).toISOString(),
          event,
          ...(lost > 0 ? { lost } : {}),
          ...fields,
        };
        lost = 0;
        log.write(`${JSON.stringify(line)}\n`);
      };
      router.defer(() => {
        log.end();
        return finished(log);
      });

      router.on("joinRefused", ({ realm, claimedAuthid, authmethod, reason, detail }) =>
        write("joinRefused", { realm, claimedAuthid, authmethod, reason, detail }),
      );
      router.eachRealm((realm) => ({
        name: "audit-log",
        setup({ on }) {
          on("callEnded", ({ procedure, caller }, { outcome, error, durationMs }) =>
            write("callEnded", { realm, authid: caller.authid, procedure, outcome, error, durationMs }),
          );
          on("actionRefused", ({ authid }, { type, uri }, by, error) =>
            write("actionRefused", { realm, authid, action: type, uri, by, error: error.uri }),
          );
        },
      }));
    },
  }),
});
