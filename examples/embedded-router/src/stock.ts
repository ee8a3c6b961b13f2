import { ErrorUri, WampError } from "@kreuz/codec";

/** What is there. Knows WAMP only by the errors that customers get. */
export class Stock {
  readonly #items: Map<string, number>;

  constructor(items: Readonly<Record<string, number>>) {
    this.#items = new Map(Object.entries(items));
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#items);
  }

  /**
   * @returns how many are left.
   * @throws WampError when there are not so many, or there is no such item.
   */
  take(item: unknown, amount: unknown): number {
    if (typeof item !== "string" || typeof amount !== "number" || !Number.isInteger(amount) || amount < 1)
      throw new WampError(ErrorUri.INVALID_ARGUMENT, "expected the name of an item and a number of pieces");
    const left = (this.#items.get(item) ?? 0) - amount;
    if (left < 0) throw new WampError("com.example.shop.error.sold_out", `not enough: ${item}`);
    this.#items.set(item, left);
    return left;
  }
}
