import type { CancelOptions, Id, Invocation, Payload, RouterMessage, Uri } from "@kreuz/codec";
import type { PeerFeatures } from "../session/peer-features.js";
import type { SessionInfo } from "../session/session-info.js";
import { Session, type SendOutcome } from "../session/session.js";

/** The name of a node: one router of those that serve a realm together. */
export type NodeId = string;

/** What the node of a callee has to know about a call besides its INVOCATION. */
export interface RemoteCall {
  readonly caller: Session;
  /** Empty where the registration names it already, since it matches exactly. */
  readonly procedure: Uri;
  /** Whether this node wants progressive results: for the caller, or since each of them restarts the call's timeout. */
  readonly receiveProgress: boolean;
  /**
   * Whether the callee's node may keep the call waiting until the callee is free. Otherwise it bounces the call, and this
   * node asks another callee.
   */
  readonly mayQueue: boolean;
}

/**
 * Why a callee's node gives a call back that nobody was invoked for. `busy`: the callee has all it can handle. `gone`: it is not
 * there. `left`: the call waited for it, and it is not there any more.
 */
export type BounceReason = "busy" | "gone" | "left";

/**
 * A session of another node, as the dealer of this node sees it: a callee that its calls are routed to, or the caller of a
 * call that the other node routed here. It is in no directory of this node, subscribes to nothing, and is never busy:
 * only its own node knows. One object for each session, for as long as it holds or calls anything.
 */
export abstract class RemoteSession extends Session {
  /** Where the session is. */
  readonly node: NodeId;

  constructor(info: SessionInfo, features: PeerFeatures, node: NodeId) {
    super(info, features, false);
    this.node = node;
  }

  /**
   * Whether its node can be sent calls now. A callee that cannot be reached is asked only when no other one is free.
   */
  abstract get reachable(): boolean;

  /**
   * Sends a call to this callee. `invocation.request` names the call in whatever either node says about it later.
   * @throws WampError when it was not sent, for example because its node cannot be reached; the caller gets that error.
   */
  abstract invoke(invocation: Invocation, call: RemoteCall): void;

  /**
   * Tells the node of this callee that its caller cancelled, left, or waited too long. With mode `kill` the call's answer is
   * still awaited; with any other mode the call is over on both nodes, and neither says anything of it any more.
   */
  abstract interrupt(request: Id, options: CancelOptions): void;

  /**
   * Gives a call of this caller back: nobody was invoked for it.
   * @param payload - its arguments. The node of the caller kept no copy of them.
   */
  abstract bounce(request: Id, payload: Payload, reason: BounceReason): void;

  /**
   * Asks the node of this callee to revoke a registration from it.
   * @returns whether the session held it.
   */
  abstract revoke(registration: Id, reason?: string): Promise<boolean>;

  /**
   * Sends further arguments (INVOCATION) to this callee, or an answer (RESULT, ERROR) to this caller. Nothing else is
   * sent to it.
   * @throws WampError when further arguments could not be sent.
   */
  abstract override send(message: RouterMessage): SendOutcome;

  /** It has no subscription here. */
  override sendEvent(): void {}
}
