/** What the tests use of Autobahn|JS, which brings no types. */
declare module "autobahn" {
  type Dict = Readonly<Record<string, unknown>>;

  export class Result {
    constructor(args?: readonly unknown[], kwargs?: Dict);
    readonly args: readonly unknown[];
    readonly kwargs: Dict;
  }

  /** Not an Error of JavaScript: it has no stack. */
  class WampError {
    constructor(error: string, args?: readonly unknown[], kwargs?: Dict);
    readonly error: string;
    readonly args: readonly unknown[];
    readonly kwargs: Dict;
  }
  export { WampError as Error };

  export interface Event {
    readonly publication: number;
    readonly topic: string;
    readonly publisher?: number;
    readonly publisher_authid?: string;
    readonly publisher_authrole?: string;
    readonly retained: boolean;
  }

  export interface Invocation {
    readonly procedure: string;
    readonly progress: ((args?: readonly unknown[], kwargs?: Dict) => void) | null;
    readonly caller?: number;
    readonly caller_authid?: string;
    readonly caller_authrole?: string;
  }

  export interface Subscription {
    readonly id: number;
    unsubscribe(): PromiseLike<boolean>;
  }

  export interface Registration {
    readonly id: number;
    /** Resolves with the reason when the router revokes the registration. */
    readonly on_unregister: PromiseLike<string>;
    unregister(): PromiseLike<void>;
  }

  /** The promises of when.js, which report progress; a call's can be cancelled. */
  export interface CallPromise extends PromiseLike<unknown> {
    progress(progressed: (value: unknown) => void): unknown;
    cancel(options?: Dict): void;
  }

  export class Session {
    readonly id: number | null;
    readonly isOpen: boolean;
    call(procedure: string, args?: readonly unknown[] | null, kwargs?: Dict | null, options?: object): CallPromise;
    publish(
      topic: string,
      args?: readonly unknown[] | null,
      kwargs?: Dict | null,
      options?: object,
    ): PromiseLike<unknown> | undefined;
    subscribe(
      topic: string,
      handler: (args: readonly unknown[], kwargs: Dict, event: Event) => void,
      options?: object,
    ): PromiseLike<Subscription>;
    register(
      procedure: string,
      endpoint: (args: readonly unknown[], kwargs: Dict, invocation: Invocation) => unknown,
      options?: object,
    ): PromiseLike<Registration>;
  }

  export interface Serializer {
    readonly SERIALIZER_ID: string;
  }

  export const serializer: {
    readonly JSONSerializer: new () => Serializer;
    readonly MsgpackSerializer: new () => Serializer;
    readonly CBORSerializer: new () => Serializer;
  };

  export interface CloseDetails {
    readonly reason: string | null;
    readonly message: string | null;
    readonly will_retry: boolean;
  }

  export interface ConnectionOptions {
    readonly url: string;
    readonly realm: string;
    readonly serializers?: readonly Serializer[];
    readonly retry_if_unreachable?: boolean;
    readonly on_user_error?: (error: unknown, message?: string) => void;
    readonly on_internal_error?: (error: unknown, message?: string) => void;
  }

  export class Connection {
    constructor(options: ConnectionOptions);
    onopen: (session: Session, details: Dict) => void;
    /** Answers whether to give up. */
    onclose: (reason: string, details: CloseDetails) => boolean;
    readonly session: Session | null;
    open(): void;
    close(reason?: string, message?: string): void;
  }

  /** Writes to the console unless told otherwise. */
  export const log: { warn: (...words: readonly unknown[]) => void };
  export const version: string;
}
