import { ErrorUri, WampError, type Id, type PublishOptions, type Uri } from "@kreuz/codec";
import type {
  CallSettings,
  ProcedureCall,
  RegisterSettings,
  Registration,
  Session,
  SessionEvent,
  SubscribeSettings,
  Subscription,
} from "@kreuz/session";

/** A schema by the Standard Schema specification, version 1: of Zod, Valibot, ArkType and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<{ readonly message: string }> };

type InputOf<S> = S extends StandardSchema<infer Input, unknown> ? Input : unknown;
type OutputOf<S> = S extends StandardSchema<unknown, infer Output> ? Output : unknown;

/** The schemas of procedures and topics, by URI. `args` describes the list of positional arguments. */
export interface Contract {
  readonly procedures?: Readonly<Record<Uri, { readonly args?: StandardSchema; readonly result?: StandardSchema }>>;
  readonly topics?: Readonly<Record<Uri, { readonly args?: StandardSchema }>>;
}

type Procedures<C extends Contract> = NonNullable<C["procedures"]>;
type Topics<C extends Contract> = NonNullable<C["topics"]>;
type ListOf<T> = T extends readonly unknown[] ? T : readonly unknown[];

/** A session whose procedures and topics have types. Everything else is left to the session itself. */
export interface TypedSession<C extends Contract> {
  /** Calls a procedure. @returns its first positional result. */
  call<U extends keyof Procedures<C> & Uri>(
    procedure: U,
    args: ListOf<InputOf<Procedures<C>[U]["args"]>>,
    options?: CallSettings,
  ): Promise<OutputOf<Procedures<C>[U]["result"]>>;
  register<U extends keyof Procedures<C> & Uri>(
    procedure: U,
    handler: (
      args: ListOf<OutputOf<Procedures<C>[U]["args"]>>,
      call: ProcedureCall,
    ) => InputOf<Procedures<C>[U]["result"]> | Promise<InputOf<Procedures<C>[U]["result"]>>,
    options?: RegisterSettings,
  ): Promise<Registration>;
  publish<U extends keyof Topics<C> & Uri>(
    topic: U,
    args: ListOf<InputOf<Topics<C>[U]["args"]>>,
    options?: PublishOptions,
  ): Promise<Id | undefined>;
  subscribe<U extends keyof Topics<C> & Uri>(
    topic: U,
    handler: (args: ListOf<OutputOf<Topics<C>[U]["args"]>>, event: SessionEvent) => unknown,
    options?: SubscribeSettings,
  ): Promise<Subscription>;
}

/** Writes down a contract: returns it with its types. */
export function contract<const C extends Contract>(schemas: C): C {
  return schemas;
}

/** Options of {@link withContract}. */
export interface ContractOptions {
  /** Checks values against the schemas, on the way out and in, and takes what the schemas make of them. Default false: types alone. */
  readonly validate?: boolean;
}

/**
 * Gives the procedures and topics of a session the types of a contract. With `validate`, a value that does not fit rejects
 * with `wamp.error.invalid_argument`, whose `kwargs.issues` are those of the schema.
 */
export function withContract<const C extends Contract>(
  session: Session,
  schemas: C,
  { validate = false }: ContractOptions = {},
): TypedSession<C> {
  const { procedures = {}, topics = {} } = schemas as Contract;
  const check = async (schema: StandardSchema | undefined, value: unknown, what: string): Promise<unknown> => {
    if (!validate || schema === undefined) return value;
    const result = await schema["~standard"].validate(value);
    if (result.issues === undefined) return result.value;
    const issues = result.issues.map(({ message }) => message);
    const text = `${what}: ${issues.join("; ")}`;
    throw new WampError(ErrorUri.INVALID_ARGUMENT, text, { args: [text], kwargs: { issues } });
  };
  const list = check as (schema: StandardSchema | undefined, value: unknown, what: string) => Promise<unknown[]>;
  const typed: TypedSession<Contract> = {
    async call(procedure, args, options) {
      const { args: argsSchema, result } = procedures[procedure] ?? {};
      const sent = await list(argsSchema, args, `arguments of ${procedure}`);
      return check(result, (await session.call(procedure, sent, options)).value, `result of ${procedure}`);
    },
    register(procedure, handler, options) {
      const { args: argsSchema, result } = procedures[procedure] ?? {};
      return session.register(
        procedure,
        async (call) => {
          const args = await list(argsSchema, call.args, `arguments of ${procedure}`);
          return check(result, await handler(args, call), `result of ${procedure}`);
        },
        options,
      );
    },
    async publish(topic, args, options) {
      return session.publish(topic, await list(topics[topic]?.args, args, `event of ${topic}`), options);
    },
    subscribe(topic, handler, options) {
      return session.subscribe(
        topic,
        async (event) => handler(await list(topics[topic]?.args, event.args, `event of ${topic}`), event),
        options,
      );
    },
  };
  return typed as unknown as TypedSession<C>;
}
