import { ConfigError, type Dict, ErrorUri, type Payload, WampError } from "@kreuz/codec";
import { choice, list, options, text, value } from "@kreuz/codec/options";
import { type Answer, definePlugin, type Guarded, type GuardKind, type PluginExtension } from "@kreuz/router";
import { type Check, Compiler, isStandardSchema, type Issue, type Schema } from "./compile.js";

/** The schemas of a payload; what has none is not checked. */
export interface PayloadSchemas {
  /** Of the list of positional arguments. */
  readonly args?: Schema | undefined;
  /** Of the dict of keyword arguments. */
  readonly kwargs?: Schema | undefined;
}

/** What the payloads of some URIs must be. */
export interface PayloadRule extends PayloadSchemas {
  /** A procedure for `args`, `kwargs` and `result`; a topic for `publish`. */
  readonly uri: string;
  /** Default `exact`. */
  readonly match?: "exact" | "prefix" | "wildcard" | undefined;
  /** What the procedure returns, also each progressive result. */
  readonly result?: PayloadSchemas | undefined;
  /** What is published. */
  readonly publish?: PayloadSchemas | undefined;
  /** Payloads that are encrypted, which nobody can check (spec: "Payload Passthru Mode"). Default `refuse`. */
  readonly sealed?: "refuse" | "pass" | undefined;
}

/** Options of {@link payloadSchema}. */
export interface PayloadSchemaOptions {
  readonly rules: readonly PayloadRule[];
}

const schema = value("a JSON Schema, as a mapping", isSchema).optional();
const schemas = options({ args: schema, kwargs: schema }).optional();

/**
 * Refuses calls, results and publications whose payloads do not fit their schemas. The error never has a value of a payload. A
 * call or publication gets `wamp.error.invalid_argument`; a result that does not fit gives its caller
 * `wamp.error.runtime_error`.
 */
export const payloadSchema: PluginExtension<PayloadSchemaOptions> = definePlugin<PayloadSchemaOptions>({
  name: "payload-schema",
  options: options({
    rules: list(
      options({
        uri: text("a URI"),
        match: choice("exact", "prefix", "wildcard").default("exact"),
        args: schema,
        kwargs: schema,
        result: schemas,
        publish: schemas,
        sealed: choice("refuse", "pass").default("refuse"),
      }),
    ),
  }),
  example: { rules: [{ uri: "com.shop.order", args: { type: "array", minItems: 1, items: { type: "integer" } } }] },
  create: ({ rules }) => {
    const compiler = new Compiler();
    const compiled = rules.map((rule, index) => compileRule(rule, index, compiler));
    return {
      setup(realm) {
        const refused = realm.meter.counter("refused_total", "Payloads that did not fit their schema.", {
          kind: ["call", "publish", "result"],
        });
        for (const { uri, match = "exact", sealed = "refuse", checks } of compiled)
          for (const [kind, check] of checks)
            realm.guard(kind, { uri, match }, (message: Guarded & { readonly error?: string }) => {
              // What a callee throws is its own.
              if (message.error !== undefined) return undefined;
              const answer = message.sealed ? sealedIssues(sealed) : check(message.payload);
              const decide = (issues: readonly Issue[]): WampError | undefined => {
                if (issues.length === 0) return undefined;
                refused.add(1, { kind });
                return refusal(kind, issues);
              };
              return answer instanceof Promise ? answer.then(decide) : decide(answer);
            });
      },
    };
  },
});

type CheckPayload = (payload: Payload) => Answer<readonly Issue[]>;

interface CompiledRule extends PayloadRule {
  readonly checks: readonly (readonly [GuardKind, CheckPayload])[];
}

/** @throws ConfigError that names the schema that is wrong. */
function compileRule(rule: PayloadRule, index: number, compiler: Compiler): CompiledRule {
  const { args, kwargs, result, publish } = rule;
  const kinds: readonly [GuardKind, string, PayloadSchemas | undefined][] = [
    ["call", "", { args, kwargs }],
    ["result", ".result", result],
    ["publish", ".publish", publish],
  ];
  const checks = kinds.flatMap(([kind, path, of]): [GuardKind, CheckPayload][] => {
    const check = of === undefined ? undefined : compileSchemas(of, `rules[${index}]${path}`, compiler);
    return check === undefined ? [] : [[kind, check]];
  });
  if (checks.length === 0) throw new ConfigError(`rules[${index}]`, "expected args, kwargs, result or publish");
  return { ...rule, checks };
}

function compileSchemas(of: PayloadSchemas, path: string, compiler: Compiler): CheckPayload | undefined {
  const compile = (part: "args" | "kwargs"): Check | undefined => {
    const given = of[part];
    if (given === undefined) return undefined;
    try {
      return compiler.compile(given, part);
    } catch (error) {
      throw new ConfigError(`${path}.${part}`, (error as Error).message);
    }
  };
  const [args, kwargs] = [compile("args"), compile("kwargs")];
  if (args === undefined && kwargs === undefined) return undefined;
  return (payload) => {
    const first = args?.(payload.args ?? []) ?? [];
    const second = kwargs?.(payload.kwargs ?? {}) ?? [];
    if (first instanceof Promise || second instanceof Promise)
      return Promise.all([first, second]).then((issues) => issues.flat());
    return [...first, ...second];
  };
}

function sealedIssues(sealed: "refuse" | "pass"): readonly Issue[] {
  return sealed === "pass" ? [] : [{ path: "payload", message: "is encrypted, and cannot be checked" }];
}

function refusal(kind: GuardKind, issues: readonly Issue[]): WampError {
  const [first] = issues;
  const text = `${first!.path}: ${first!.message}`;
  // The caller did nothing wrong.
  if (kind === "result") return new WampError(ErrorUri.RUNTIME_ERROR, `the result does not fit its schema: ${text}`);
  return new WampError(ErrorUri.INVALID_ARGUMENT, undefined, { args: [text], kwargs: { issues } as unknown as Dict });
}

function isSchema(given: unknown): given is Schema {
  if (typeof given === "boolean") return true;
  // Some Standard Schemas are functions.
  if (typeof given === "function") return isStandardSchema(given as never);
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
