import { contract, withContract, type StandardSchema } from "@kreuz/client/contract";
import { ErrorUri } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { expect, it } from "vitest";
import { createTestRouter, REALM } from "../support/index.js";

/** A schema as any library for them makes one. */
function schema<Input, Output = Input>(parse: (value: Input) => Output | undefined): StandardSchema<Input, Output> {
  const validate = (value: unknown): { value: Output } | { issues: Array<{ message: string }> } => {
    const output = parse(value as Input);
    return output === undefined ? { issues: [{ message: "does not fit" }] } : { value: output };
  };
  return { "~standard": { version: 1, vendor: "test", validate } } as StandardSchema<Input, Output>;
}

const name = schema<readonly [string]>((value) => (typeof value[0] === "string" ? value : undefined));
const price = schema<number>((value) => (typeof value === "number" ? value : undefined));
const shop = contract({
  procedures: { "com.shop.price": { args: name, result: price } },
  topics: { "com.shop.sold": { args: name } },
});

it("gives calls, procedures and events the types of the contract", async () => {
  const router = await createTestRouter();
  const [one, other] = [
    withContract(router.connect(REALM), shop),
    withContract(router.nodes.at(-1)!.connect(REALM), shop),
  ];
  const sold: string[] = [];
  await one.register("com.shop.price", ([item]) => item.length);
  await one.subscribe("com.shop.sold", ([item]) => sold.push(item));
  const paid: number = await other.call("com.shop.price", ["apple"]);
  await other.publish("com.shop.sold", ["apple"]);
  await settle();
  expect([paid, sold]).toEqual([5, ["apple"]]);
  // @ts-expect-error a number is no name
  await other.publish("com.shop.sold", [7]);
  // @ts-expect-error the contract has no such procedure
  await expect(other.call("com.shop.unknown", [])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
});

it("refuses what does not fit, on both sides, when it shall validate", async () => {
  const router = await createTestRouter();
  const session = router.connect(REALM);
  const strict = withContract(session, shop, { validate: true });
  const wrong = { uri: ErrorUri.INVALID_ARGUMENT, kwargs: { issues: ["does not fit"] } };
  await expect(strict.call("com.shop.price", [7] as never)).rejects.toMatchObject(wrong);
  await expect(strict.publish("com.shop.sold", [7] as never)).rejects.toMatchObject(wrong);
  await strict.register("com.shop.price", () => "dear" as never);
  await expect(session.call("com.shop.price", [7])).rejects.toMatchObject(wrong);
  await expect(session.call("com.shop.price", ["apple"])).rejects.toMatchObject(wrong);
});
