import { ErrorUri, MetaProcedure, MetaTopic } from "@kreuz/codec";
import type { RealmContext, RegistrationInfo, SessionInfo } from "@kreuz/router";
import { registrationDetails } from "./details.js";
import { DirectoryProcedures } from "./directory-procedures.js";
import { metaPublisher } from "./meta-publisher.js";
import { isOwn, withoutOwn } from "./own-registrations.js";

const TERMS = { entry: "registration", uri: "procedure", member: "callee", missing: ErrorUri.NO_SUCH_REGISTRATION };

/** The Registration Meta API (spec: "Registration Meta API") and `wamp.registration.remove_callee`. */
export function offerRegistrationMeta(realm: RealmContext): void {
  publishEvents(realm);
  offerProcedures(realm);
}

function publishEvents(realm: RealmContext): void {
  const publish = metaPublisher(realm);
  const about =
    (tell: (registration: RegistrationInfo, session: SessionInfo) => void) =>
    (registration: RegistrationInfo, session: SessionInfo): void => {
      if (!isOwn(registration)) tell(registration, session);
    };
  const { REGISTRATION_ON_CREATE, REGISTRATION_ON_REGISTER, REGISTRATION_ON_UNREGISTER, REGISTRATION_ON_DELETE } =
    MetaTopic;
  realm.on(
    "registrationCreated",
    about((registration, { session }) => publish(REGISTRATION_ON_CREATE, session, registrationDetails(registration))),
  );
  realm.on(
    "calleeAdded",
    about(({ id }, { session }) => publish(REGISTRATION_ON_REGISTER, session, id)),
  );
  realm.on(
    "calleeRemoved",
    about(({ id }, { session }) => publish(REGISTRATION_ON_UNREGISTER, session, id)),
  );
  realm.on(
    "registrationDeleted",
    about(({ id }, { session }) => publish(REGISTRATION_ON_DELETE, session, id)),
  );
}

function offerProcedures(realm: RealmContext): void {
  const registrations = new DirectoryProcedures(withoutOwn(realm.registrations), realm.sessions, TERMS);
  realm.procedure(MetaProcedure.REGISTRATION_LIST, (call) => registrations.list(call));
  realm.procedure(MetaProcedure.REGISTRATION_LOOKUP, (call) => registrations.lookup(call));
  // The best one or null: a call goes to one registration.
  realm.procedure(MetaProcedure.REGISTRATION_MATCH, async (call) => (await registrations.match(call))[0]?.id ?? null);
  realm.procedure(MetaProcedure.REGISTRATION_GET, async (call) => registrationDetails(await registrations.get(call)));
  realm.procedure(MetaProcedure.REGISTRATION_LIST_CALLEES, (call) => registrations.members(call));
  realm.procedure(MetaProcedure.REGISTRATION_COUNT_CALLEES, async (call) => (await registrations.members(call)).length);
  realm.procedure(MetaProcedure.REGISTRATION_REMOVE_CALLEE, (call) => registrations.remove(call));
}
