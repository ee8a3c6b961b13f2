import { ErrorUri, WampError, type Id } from "@kreuz/codec";
import {
  type CalleeInfo,
  idArgument,
  type ProcedureCall,
  type RealmInspection,
  type SessionInfo,
  stringArgument,
} from "@kreuz/router";
import { CallArguments } from "./arguments.js";
import type { CalleeMember, Excerpt, Member, RegistrationDetails, SubscriptionDetails } from "./contract.js";
import { pendingHere, registrationRow, subscriptionRow } from "./holdings.js";
import type { Nodes } from "./nodes.js";
import type { Realms } from "./realms.js";
import { excerpt, MAX_EXCERPT } from "./sessions.js";

/** `kreuz.get.subscription`: with its subscribers on all nodes. */
export async function getSubscription(call: ProcedureCall, realms: Realms, nodes: Nodes): Promise<SubscriptionDetails> {
  const own = await subscriptionHere(call, realms, nodes.own);
  const { answers, unreachable } = await nodes.ask<SubscriptionDetails>("subscription", call);
  const all = [own, ...answers];
  return {
    ...own,
    subscribers: all.reduce((sum, { subscribers }) => sum + subscribers, 0),
    members: together(all.map(({ members }) => members)),
    ...(unreachable.length > 0 && { unreachable }),
  };
}

/** `kreuz.get.registration`: with its callees on all nodes. */
export async function getRegistration(call: ProcedureCall, realms: Realms, nodes: Nodes): Promise<RegistrationDetails> {
  const own = await registrationHere(call, realms, nodes.own);
  const { answers, unreachable } = await nodes.ask<RegistrationDetails>("registration", call);
  const all = [own, ...answers];
  const members = together(all.map((details) => details.members));
  return {
    ...own,
    // What each node has of its own, such as the router's procedures, is not known to the others.
    callees: Math.max(own.callees, members.total),
    pendingCalls: all.reduce((sum, { pendingCalls }) => sum + pendingCalls, 0),
    members,
    ...(unreachable.length > 0 && { unreachable }),
  };
}

/** The subscription, with its subscribers on this node. */
export async function subscriptionHere(
  call: ProcedureCall,
  realms: Realms,
  node: string | undefined,
): Promise<SubscriptionDetails> {
  const { realm, id } = entryArguments(call, realms);
  const entry = await realm.subscriptions.get(id);
  if (entry === undefined) throw new WampError(ErrorUri.NO_SUCH_SUBSCRIPTION, `no subscription ${id}`);
  const members = excerpt(realm.subscribers(id), (session) => memberOf(session, node));
  return { ...subscriptionRow(entry, realm.subscriberCount(id)), members };
}

/** The registration, with its callees on this node. */
export async function registrationHere(
  call: ProcedureCall,
  realms: Realms,
  node: string | undefined,
): Promise<RegistrationDetails> {
  const { realm, id } = entryArguments(call, realms);
  const entry = await realm.registrations.get(id);
  if (entry === undefined) throw new WampError(ErrorUri.NO_SUCH_REGISTRATION, `no registration ${id}`);
  const callees = [...realm.callees(id)].filter((callee) => callee.node === undefined);
  const members = excerpt(callees, (callee) => calleeOf(callee, node));
  return { ...registrationRow(realm, entry, pendingHere(realm, id)), members };
}

function entryArguments(call: ProcedureCall, realms: Realms): { readonly realm: RealmInspection; readonly id: Id } {
  const args = new CallArguments(call, 2);
  return { realm: realms.get(args.at(0, "realm", stringArgument)), id: args.at(1, "id", idArgument) };
}

function together<Item>(excerpts: readonly Excerpt<Item>[]): Excerpt<Item> {
  return {
    total: excerpts.reduce((sum, { total }) => sum + total, 0),
    items: excerpts.flatMap(({ items }) => items).slice(0, MAX_EXCERPT),
  };
}

function memberOf({ session, authid, authrole, authmethod }: SessionInfo, node: string | undefined): Member {
  return { session, ...(node !== undefined && { node }), authid, authrole, authmethod };
}

function calleeOf({ session, activeCalls }: CalleeInfo, node: string | undefined): CalleeMember {
  return { ...memberOf(session, node), pendingCalls: activeCalls };
}
