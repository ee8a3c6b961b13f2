import { CloseUri, ErrorUri, isUri, MetaProcedure, MetaTopic, WampError, type Dict, type Id } from "@kreuz/codec";
import { integer, options } from "@kreuz/codec/options";
import {
  atMostArguments,
  definePlugin,
  idArgument,
  optionalArgument,
  QueryPace,
  stringArgument,
  stringsArgument,
  textArgument,
  type Departure,
  type PluginExtension,
  type ProcedureCall,
  type RealmContext,
  type SessionInfo,
} from "@kreuz/router";

const FEATURES = { session_meta_api: true };

/** Work of listing a session, in units of {@link QueryPace}. */
const UNITS_PER_SESSION = 1 / 16;

/** Settings of {@link sessionMeta}. */
export interface SessionMetaOptions {
  /** Listings that one session may have under way; further ones are refused. Default 32. */
  readonly maxQueriesPerSession?: number;
}

/**
 * The Session Meta API (spec: "Session Meta API"): two events and seven procedures under `wamp.session.`. The router
 * publishes and answers them itself, in the sessions' own realm, under the same permissions as any other URI.
 *
 * @throws ConfigError that names the wrong option.
 */
export const sessionMeta: PluginExtension<SessionMetaOptions> = definePlugin({
  name: "session-meta",
  options: options({
    maxQueriesPerSession: integer(1)
      .default(32)
      .describe("Listings that one session may have under way; further ones are refused."),
  }),
  create: ({ maxQueriesPerSession }) => ({
    features: { broker: FEATURES, dealer: FEATURES },
    setup(realm) {
      publishEvents(realm);
      registerQueries(realm, new QueryPace(realm, maxQueriesPerSession));
      registerKills(realm);
    },
  }),
});

function publishEvents(realm: RealmContext): void {
  realm.on("sessionJoined", (session) => realm.publish(MetaTopic.SESSION_ON_JOIN, { args: [sessionDetails(session)] }));
  realm.on("sessionLeft", ({ session, authid, authrole }, { silent, cause }) => {
    // While this node stops, its sessions need not hear of each other.
    const stops = cause === "shutdown" && realm.signal.aborted;
    if (silent !== true && !stops) realm.publish(MetaTopic.SESSION_ON_LEAVE, { args: [session, authid, authrole] });
  });
}

function registerQueries(realm: RealmContext, pace: QueryPace): void {
  realm.procedure(MetaProcedure.SESSION_COUNT, (call) => realm.sessions.count(filterArgument(call)));
  realm.procedure(MetaProcedure.SESSION_LIST, (call) => {
    const filter = filterArgument(call);
    return pace.run(call.caller.session, async (work) => {
      const sessions = await realm.sessions.list(filter);
      // A very long list is sent in a turn of its own.
      await work.spend(sessions.length * UNITS_PER_SESSION);
      return sessions;
    });
  });
  realm.procedure(MetaProcedure.SESSION_GET, async (call) => {
    const session = sessionArgument(call);
    const info = await realm.sessions.get(session);
    if (info === undefined) throw noSuchSession(session);
    return sessionDetails(info);
  });
}

function registerKills(realm: RealmContext): void {
  realm.procedure(MetaProcedure.SESSION_KILL, async (call) => {
    const session = sessionArgument(call);
    const departure = departureArguments(call);
    if (session === call.caller.session)
      throw new WampError(ErrorUri.NO_SUCH_SESSION, "a session cannot kill itself; leave with GOODBYE");
    if (!(await realm.sessions.kill(session, departure))) throw noSuchSession(session);
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

function filterArgument(call: ProcedureCall): { readonly authroles?: readonly string[] } {
  atMostArguments(call, 1);
  const authroles = optionalArgument("filter_authroles", call.args[0], stringsArgument);
  return authroles === undefined ? {} : { authroles };
}

function noSuchSession(session: Id): WampError {
  return new WampError(ErrorUri.NO_SUCH_SESSION, `no session ${session} in this realm`);
}

/**
 * Reads reason and message of GOODBYE from the keyword arguments. Called before any session is killed.
 *
 * @throws WampError `wamp.error.invalid_uri` when the reason is not a URI, `wamp.error.invalid_argument` for a wrong type.
 */
function departureArguments({ kwargs }: ProcedureCall): Departure {
  const reason = optionalArgument("reason", kwargs["reason"], textArgument) ?? CloseUri.KILLED;
  const message = optionalArgument("message", kwargs["message"], textArgument);
  if (!isUri(reason)) throw new WampError(ErrorUri.INVALID_URI, `reason: "${reason.slice(0, 80)}" is not a valid URI`);
  return message === undefined ? { reason } : { reason, message };
}

/**
 * The dict that describes a session in `wamp.session.get` and `wamp.session.on_join`. Lists the keys one by one, so that a
 * key added to SessionInfo later does not leak.
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
