import {
  ErrorUri,
  MessageType as M,
  WampError,
  type Dict,
  type Id,
  type Payload,
  type Publish,
  type PublishOptions,
  type Uri,
} from "@kreuz/codec";
import type { Logger } from "../logger.js";
import type { Publication } from "../plugin/realm-events.js";
import type { SessionInfo } from "../session/session-info.js";
import { errorReply, type Reach, type Session } from "../session/session.js";

/** A publication as plugins see it, and what its acknowledgement waits for. */
export class AcceptedPublication implements Publication {
  readonly id: Id;
  readonly topic: Uri;
  readonly payload: Payload;
  readonly options: PublishOptions;
  readonly details: Dict;
  readonly publisher: SessionInfo;
  readonly published: number;
  readonly receivers: number;
  readonly reach: Reach;
  #waitsFor: Promise<unknown> | undefined;

  constructor(
    id: Id,
    { topic, payload, options }: Publish,
    {
      details,
      publisher,
      published,
      receivers,
      reach,
    }: Pick<Publication, "details" | "publisher" | "published" | "receivers" | "reach">,
  ) {
    this.id = id;
    this.topic = topic;
    this.payload = payload;
    this.options = options;
    this.details = details;
    this.publisher = publisher;
    this.published = published;
    this.receivers = receivers;
    this.reach = reach;
  }

  /** What PUBLISHED waits for; `undefined` when no plugin delays it. */
  get waitsFor(): Promise<unknown> | undefined {
    return this.#waitsFor;
  }

  waitUntil(done: Promise<unknown>): void {
    this.#waitsFor = this.#waitsFor === undefined ? done : Promise.all([this.#waitsFor, done]);
    // Whoever published without acknowledge is not told, and nobody else listens to the promise.
    this.#waitsFor.catch(() => {});
  }
}

/** Answers PUBLISH when every plugin that delays the acknowledgement is done. The wait is charged to the publisher. */
export function acknowledge(publisher: Session, request: Id, publication: AcceptedPublication, logger: Logger): void {
  const published = { type: M.PUBLISHED, request, publication: publication.id } as const;
  if (publication.waitsFor === undefined) return void publisher.send(published);
  const { account } = publisher;
  account?.charge(0);
  const answer = (reply: Parameters<Session["send"]>[0]): void => {
    account?.refund(0);
    publisher.send(reply);
  };
  void publication.waitsFor.then(
    () => answer(published),
    (error: unknown) => answer(errorReply(M.PUBLISH, request, asWampError(error, publication, logger))),
  );
}

function asWampError(error: unknown, { id, topic }: Publication, logger: Logger): WampError {
  if (error instanceof WampError) return error;
  logger.error({ error, publication: id, topic }, "a plugin failed while PUBLISHED waited for it");
  return new WampError(
    ErrorUri.RUNTIME_ERROR,
    "the event was delivered, but a plugin failed to process it; see the router's log",
  );
}
