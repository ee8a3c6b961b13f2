import { MessageType as M, ProtocolError, type Message } from "@kreuz/codec";
import { announces } from "./peer-features.js";
import { isPassthru } from "../payload/passthru.js";
import type { RealmServices } from "../realm-services.js";
import type { Session } from "./session.js";

type Strictness = Pick<RealmServices, "strictProgressiveInvocations">;

/**
 * A client may use only what it announced in HELLO (spec: "Progressive Call Invocations", "Payload Passthru Mode").
 *
 * @throws ProtocolError when a request uses a feature that its sender did not announce.
 */
export function checkAnnounced(sender: Session, message: Message, { strictProgressiveInvocations }: Strictness): void {
  switch (message.type) {
    case M.CALL:
      if (strictProgressiveInvocations && message.options.progress === true && !streams(sender))
        throw new ProtocolError("CALL.Options.progress: the caller did not announce progressive_call_invocations");
      if (isPassthru(message.options) && !announces(sender, "caller.payload_passthru_mode"))
        throw unannounced("CALL", "caller");
      return;
    case M.PUBLISH:
      if (isPassthru(message.options) && !announces(sender, "publisher.payload_passthru_mode"))
        throw unannounced("PUBLISH", "publisher");
      return;
    case M.YIELD:
      if (isPassthru(message.options) && !announces(sender, "callee.payload_passthru_mode"))
        throw unannounced("YIELD", "callee");
  }
}

function streams(caller: Session): boolean {
  return announces(caller, "caller.progressive_call_invocations");
}

function unannounced(message: string, role: string): ProtocolError {
  return new ProtocolError(`${message}.Options.ppt_scheme: the ${role} did not announce payload_passthru_mode`);
}
