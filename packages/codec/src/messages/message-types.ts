import type { MessageType } from "./message-type.js";

// Constants and not members of an object, of which a bundle would carry all.

type Types = typeof MessageType;

export const HELLO: Types["HELLO"] = 1;
export const WELCOME: Types["WELCOME"] = 2;
export const ABORT: Types["ABORT"] = 3;
export const CHALLENGE: Types["CHALLENGE"] = 4;
export const AUTHENTICATE: Types["AUTHENTICATE"] = 5;
export const GOODBYE: Types["GOODBYE"] = 6;
export const ERROR: Types["ERROR"] = 8;
export const PUBLISH: Types["PUBLISH"] = 16;
export const PUBLISHED: Types["PUBLISHED"] = 17;
export const SUBSCRIBE: Types["SUBSCRIBE"] = 32;
export const SUBSCRIBED: Types["SUBSCRIBED"] = 33;
export const UNSUBSCRIBE: Types["UNSUBSCRIBE"] = 34;
export const UNSUBSCRIBED: Types["UNSUBSCRIBED"] = 35;
export const EVENT: Types["EVENT"] = 36;
export const CALL: Types["CALL"] = 48;
export const CANCEL: Types["CANCEL"] = 49;
export const RESULT: Types["RESULT"] = 50;
export const REGISTER: Types["REGISTER"] = 64;
export const REGISTERED: Types["REGISTERED"] = 65;
export const UNREGISTER: Types["UNREGISTER"] = 66;
export const UNREGISTERED: Types["UNREGISTERED"] = 67;
export const INVOCATION: Types["INVOCATION"] = 68;
export const INTERRUPT: Types["INTERRUPT"] = 69;
export const YIELD: Types["YIELD"] = 70;
export const EVENT_RECEIVED: Types["EVENT_RECEIVED"] = 337;
