import type { Id } from "../id.js";
import type { Dict } from "../payload.js";
import type { MatchPolicy, Uri } from "../uri.js";

/** How the dealer picks a callee of a shared registration (spec: "Shared Registration"). */
export type InvocationPolicy = "single" | "first" | "last" | "roundrobin" | "random";

/** How a call is canceled (spec: "Call Canceling"). */
export type CancelMode = "skip" | "kill" | "killnowait";

/** One hop of a message between routers, an entry of the option `forward_for`. */
export interface ForwardedFor {
  readonly session: Id;
  readonly authid: string | null;
  readonly authrole: string;
}

/** Attributes of Payload Passthru Mode, which the router forwards unread (spec: "Payload Passthru Mode"). */
export interface PassthruAttributes {
  readonly ppt_scheme?: string;
  readonly ppt_serializer?: string;
  readonly ppt_cipher?: string;
  readonly ppt_keyid?: string;
}

/** Attributes of an opaque payload as Autobahn and Crossbar.io send them. */
export interface TransparentPayloadAttributes {
  readonly enc_algo?: string;
  readonly enc_serializer?: string;
  readonly enc_key?: string;
}

/** Features that a peer announces for one role. */
export interface RoleDetails {
  readonly features?: Readonly<Record<string, boolean>>;
}

/** Roles that a client can announce. */
export type ClientRole = "publisher" | "subscriber" | "caller" | "callee";

/** Roles that a router can announce. */
export type RouterRole = "broker" | "dealer";

/** `HELLO.Details` (spec: "HELLO", "Role and Feature Announcement"). */
export interface HelloDetails extends Dict {
  readonly roles: Readonly<Partial<Record<ClientRole, RoleDetails>>>;
  readonly agent?: string;
  readonly authmethods?: readonly string[];
  readonly authid?: string;
  readonly authrole?: string;
  readonly authextra?: Dict;
}

/** `WELCOME.Details`. */
export interface WelcomeDetails extends Dict {
  readonly roles: Readonly<Partial<Record<RouterRole, RoleDetails>>>;
  readonly realm?: Uri;
  readonly agent?: string;
  readonly authid?: string;
  readonly authrole?: string;
  readonly authmethod?: string;
  readonly authprovider?: string;
  readonly authextra?: Dict;
}

interface Forwardable {
  readonly forward_for?: readonly ForwardedFor[];
}

/** `PUBLISH.Options`. */
export interface PublishOptions extends Dict, PassthruAttributes, TransparentPayloadAttributes, Forwardable {
  readonly acknowledge?: boolean;
  readonly exclude_me?: boolean;
  readonly exclude?: readonly Id[];
  readonly exclude_authid?: readonly string[];
  readonly exclude_authrole?: readonly string[];
  readonly eligible?: readonly Id[];
  readonly eligible_authid?: readonly string[];
  readonly eligible_authrole?: readonly string[];
  readonly disclose_me?: boolean;
  readonly retain?: boolean;
  readonly rkey?: string;
  readonly transaction_hash?: string;
}

/** `SUBSCRIBE.Options`. */
export interface SubscribeOptions extends Dict, Forwardable {
  readonly match?: MatchPolicy;
  readonly get_retained?: boolean;
  readonly nkey?: string;
}

/** `EVENT.Details`. */
export interface EventDetails extends Dict, PassthruAttributes, TransparentPayloadAttributes, Forwardable {
  readonly publisher?: Id;
  readonly publisher_authid?: string;
  readonly publisher_authrole?: string;
  readonly topic?: Uri;
  readonly trustlevel?: number;
  readonly retained?: boolean;
  readonly transaction_hash?: string;
  readonly x_acknowledged_delivery?: boolean;
}

/** `CALL.Options`. */
export interface CallOptions extends Dict, PassthruAttributes, TransparentPayloadAttributes, Forwardable {
  /** Milliseconds until the call times out; 0 means never. */
  readonly timeout?: number;
  readonly receive_progress?: boolean;
  readonly progress?: boolean;
  readonly disclose_me?: boolean;
  readonly runmode?: string;
  readonly rkey?: string;
  readonly transaction_hash?: string;
}

/** `REGISTER.Options`. */
export interface RegisterOptions extends Dict, Forwardable {
  readonly match?: MatchPolicy;
  readonly invoke?: InvocationPolicy;
  readonly disclose_caller?: boolean;
  readonly forward_timeout?: boolean;
  readonly concurrency?: number;
  readonly force_reregister?: boolean;
  readonly nkey?: string;
}

/** `INVOCATION.Details`. */
export interface InvocationDetails extends Dict, PassthruAttributes, TransparentPayloadAttributes, Forwardable {
  readonly procedure?: Uri;
  readonly caller?: Id;
  readonly caller_authid?: string;
  readonly caller_authrole?: string;
  readonly trustlevel?: number;
  readonly timeout?: number;
  readonly receive_progress?: boolean;
  readonly progress?: boolean;
}

/** `YIELD.Options`. */
export interface YieldOptions extends Dict, PassthruAttributes, TransparentPayloadAttributes {
  readonly progress?: boolean;
}

/** `RESULT.Details`. */
export interface ResultDetails extends Dict, PassthruAttributes, TransparentPayloadAttributes {
  readonly progress?: boolean;
}

/** `CANCEL.Options` and `INTERRUPT.Options`. */
export interface CancelOptions extends Dict {
  readonly mode?: CancelMode;
  readonly reason?: Uri;
}

/** `UNSUBSCRIBED.Details` and `UNREGISTERED.Details` of a revocation. */
export interface RevocationDetails extends Dict {
  readonly subscription?: Id;
  readonly registration?: Id;
  readonly reason?: string;
}
