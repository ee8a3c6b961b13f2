import { CloseUri, ErrorUri, isUri, MetaProcedure, MetaTopic, WampError, type Dict, type Id } from "@kreuz/codec";
import {
  atMostArguments,
  idArgument,
  optionalArgument,
  stringArgument,
  stringsArgument,
  type Departure,
  type Plugin,
  type ProcedureCall,
  type RealmContext,
  type SessionInfo,
} from "@kreuz/router";

const FEATURES = { session_meta_api: true };

/**
 * The Session Meta API (spec: "Session Meta API"): two events and seven procedures under `wamp.session.`, made by the
 * router itself, in the realm of the sessions they are about, under the same permissions as any other URI.
 */
export function sessionMeta(): Plugin {
  return {
    name: "session-meta",
    features: { broker: FEATURES, dealer: FEATURES },
    setup(realm) {
      publishEvents(realm);
      offerQueries(realm);
      offerKills(realm);
    },
  };
}

function publishEvents(realm: RealmContext): void {
  realm.on("sessionJoined", (session) => realm.publish(MetaTopic.SESSION_ON_JOIN, { args: [sessionDetails(session)] }));
  realm.on("sessionLeft", ({ session, authid, authrole }, { silent }) => {
    if (silent !== true) realm.publish(MetaTopic.SESSION_ON_LEAVE, { args: [session, authid, authrole] });
  });
}

function offerQueries(realm: RealmContext): void {
  realm.procedure(MetaProcedure.SESSION_COUNT, (call) => realm.sessions.count(filter(call)));
  realm.procedure(MetaProcedure.SESSION_LIST, (call) => realm.sessions.list(filter(call)));
  realm.procedure(MetaProcedure.SESSION_GET, async (call) => {
    const session = sessionArgument(call);
    const info = await realm.sessions.get(session);
    if (info === undefined) throw noSuchSession(session);
    return sessionDetails(info);
  });
}

function offerKills(realm: RealmContext): void {
  realm.procedure(MetaProcedure.SESSION_KILL, async (call) => {
    const session = sessionArgument(call);
    const departure = departureArguments(call);
    // To itself a caller is no other session, so there is none (spec: "wamp.session.kill").
    const killed = session !== call.caller.session && (await realm.sessions.kill(session, departure));
    if (!killed) throw noSuchSession(session);
  });
  realm.procedure(MetaProcedure.SESSION_KILL_BY_AUTHID, (call) => {
    const authids = [nameArgument(call, "authid")];
    return realm.sessions.killAll({ authids, except: call.caller.session }, departureArguments(call));
  });
  realm.procedure(MetaProcedure.SESSION_KILL_BY_AUTHROLE, async (call) => {
    const authroles = [nameArgument(call, "authrole")];
    const killed = await realm.sessions.killAll({ authroles, except: call.caller.session }, departureArguments(call));
    return killed.length;
  });
  realm.procedure(MetaProcedure.SESSION_KILL_ALL, async (call) => {
    atMostArguments(call, 0);
    const departure = { ...departureArguments(call), silent: true };
    return (await realm.sessions.killAll({ except: call.caller.session }, departure)).length;
  });
}

function sessionArgument(call: ProcedureCall): Id {
  atMostArguments(call, 1);
  return idArgument("session", call.args[0]);
}

function nameArgument(call: ProcedureCall, name: string): string {
  atMostArguments(call, 1);
  return stringArgument(name, call.args[0]);
}

function filter(call: ProcedureCall): { readonly authroles?: readonly string[] } {
  atMostArguments(call, 1);
  const authroles = optionalArgument("filter_authroles", call.args[0], stringsArgument);
  return authroles === undefined ? {} : { authroles };
}

function noSuchSession(session: number): WampError {
  return new WampError(ErrorUri.NO_SUCH_SESSION, `there is no session ${session} in this realm that you could mean`);
}

/**
 * What GOODBYE will say, from the keyword arguments `reason` and `message`. Checked before anybody is killed.
 *
 * @throws WampError `wamp.error.invalid_uri` for a malformed reason, `wamp.error.invalid_argument` for a wrong type.
 */
function departureArguments({ kwargs }: ProcedureCall): Departure {
  const reason = optionalArgument("reason", kwargs["reason"], stringArgument) ?? CloseUri.KILLED;
  const message = optionalArgument("message", kwargs["message"], stringArgument);
  if (!isUri(reason)) throw new WampError(ErrorUri.INVALID_URI, `reason: "${reason.slice(0, 80)}" is not a valid URI`);
  return message === undefined ? { reason } : { reason, message };
}

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
