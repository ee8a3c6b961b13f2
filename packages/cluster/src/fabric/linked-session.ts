import {
  MessageType as M,
  type CancelOptions,
  type Id,
  type Invocation,
  type Payload,
  type RouterMessage,
} from "@kreuz/codec";
import {
  IdMap,
  RemoteSession,
  type BounceReason,
  type PeerFeatures,
  type RemoteCall,
  type SendOutcome,
  type SessionInfo,
} from "@kreuz/router";
import type { NodeId } from "../bus.js";

/** What a session of another node sends over the link to it. */
export interface CallChannel {
  readonly node: NodeId;
  /** Whether the node is to be sent calls that others can take as well. */
  readonly reachable: boolean;
  /** @throws WampError when the call cannot be sent. */
  invoke(callee: LinkedSession, invocation: Invocation, call: RemoteCall): void;
  /** @throws WampError when the arguments cannot be sent. */
  proceed(callee: LinkedSession, invocation: Invocation): void;
  interrupt(callee: LinkedSession, request: Id, options: CancelOptions): void;
  answer(caller: LinkedSession, message: RouterMessage): void;
  bounce(caller: LinkedSession, request: Id, payload: Payload, reason: BounceReason): void;
  revoke(callee: LinkedSession, registration: Id, reason: string | undefined): Promise<boolean>;
}

/** A session of another node: what the dealer says to it goes over the link to that node. */
export class LinkedSession extends RemoteSession {
  readonly #channel: CallChannel;
  /** The numbers of the calls that it works on, by their request ids. */
  numbers: IdMap<number> = new IdMap();

  constructor(info: SessionInfo, features: PeerFeatures, channel: CallChannel) {
    super(info, features, channel.node);
    this.#channel = channel;
  }

  override get reachable(): boolean {
    return this.#channel.reachable;
  }

  override invoke(invocation: Invocation, call: RemoteCall): void {
    this.#channel.invoke(this, invocation, call);
  }

  override interrupt(request: Id, options: CancelOptions): void {
    this.#channel.interrupt(this, request, options);
  }

  override bounce(request: Id, payload: Payload, reason: BounceReason): void {
    this.#channel.bounce(this, request, payload, reason);
  }

  override revoke(registration: Id, reason?: string): Promise<boolean> {
    return this.#channel.revoke(this, registration, reason);
  }

  override send(message: RouterMessage): SendOutcome {
    if (message.type === M.INVOCATION) this.#channel.proceed(this, message);
    else this.#channel.answer(this, message);
    return "sent";
  }
}
