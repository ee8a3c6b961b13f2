import { type Extension, resourcesOpenedBy } from "@kreuz/codec";
import { check, type ContractCase } from "@kreuz/testkit";

const UNKNOWN_KEY = "noSuchOption";

/**
 * What holds for extensions of every kind: the example of an extension fits its options, unknown options are refused, and
 * making one opens nothing. The contract of its kind comes on top.
 */
export function extensionContract(extension: Extension<string, never, unknown>): ContractCase[] {
  const { name, example = {} } = extension;
  const make = extension as unknown as (options: object) => unknown;
  return [
    {
      name: `${name}: its example fits its options`,
      async run() {
        check(isObject(make(example)), "create() returned no object");
      },
    },
    {
      name: `${name}: it refuses options that it does not know`,
      async run() {
        const refusal = errorOf(() => make({ ...example, [UNKNOWN_KEY]: 1 }));
        check(refusal !== undefined, `it took the unknown option ${UNKNOWN_KEY}`);
        check(refusal.includes(UNKNOWN_KEY), `expected an error that names ${UNKNOWN_KEY}, got: ${refusal}`);
      },
    },
    {
      name: `${name}: making it opens nothing, and makes another one each time`,
      async run() {
        const made: unknown[] = [];
        const opened = resourcesOpenedBy(() => void made.push(make(example), make(example)));
        check(
          made[0] !== made[1],
          "create() returned the same object twice; it would be shared by all places that name it",
        );
        check(
          opened.length === 0,
          `create() opened ${opened.join(", ")}; open it in setup(), listen() and the like, since \`kreuz check\` makes it, too`,
        );
      },
    },
  ];
}

function isObject(made: unknown): boolean {
  return (typeof made === "object" && made !== null) || typeof made === "function";
}

function errorOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
