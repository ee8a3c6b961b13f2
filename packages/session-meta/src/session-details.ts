import type { Dict } from "@kreuz/codec";
import type { SessionInfo } from "@kreuz/router";

/**
 * A session as `wamp.session.get` and `wamp.session.on_join` show it. Written out key by key: what is not listed here
 * cannot leak, whatever a session may carry one day.
 */
export function sessionDetails(info: SessionInfo): Dict {
  const { type, protocol, serializer, peer, tls } = info.transport;
  return {
    realm: info.realm,
    session: info.session,
    authid: info.authid,
    authrole: info.authrole,
    authmethod: info.authmethod,
    authprovider: info.authprovider,
    transport: {
      type,
      protocol,
      serializer,
      ...(peer === undefined ? {} : { peer }),
      ...(tls === undefined ? {} : { tls }),
    },
  };
}
