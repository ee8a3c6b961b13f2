import { ErrorUri, MetaProcedure, MetaTopic, WampError, type Id } from "@kreuz/codec";
import {
  atMostArguments,
  idArgument,
  optionalArgument,
  stringArgument,
  stringsArgument,
  type Plugin,
  type ProcedureCall,
  type RealmContext,
} from "@kreuz/router";
import { departureArguments } from "./departure-arguments.js";
import { sessionDetails } from "./session-details.js";

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
