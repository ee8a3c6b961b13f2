import { suggestion } from "@kreuz/codec";
import { type Argument, InvalidArgumentError, type Option } from "commander";

/** Lets an option or argument take only these values. The error of another one names the value that was probably meant. */
export function choices<T extends Option | Argument>(of: T, values: readonly string[]): T {
  of.choices(values);
  of.argParser((value) => {
    if (values.includes(value)) return value;
    throw new InvalidArgumentError(`expected ${values.join(", ")}${suggestion(value, values)}`);
  });
  return of;
}
