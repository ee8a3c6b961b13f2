/**
 * Makes `instanceof` recognize the objects of every copy of a class: a plugin may be installed with a copy of the package
 * of its own, and what it throws must mean the same. Call it in a static block of the class. Subclasses are not concerned.
 *
 * @param name - the name of the class, unique among the packages of Kreuz.
 */
export function recognizeCopies(type: abstract new (...args: never[]) => object, name: string): void {
  const mark = Symbol.for(`kreuz.${name}`);
  Object.defineProperty(type.prototype, mark, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this, value);
      return typeof value === "object" && value !== null && mark in value;
    },
  });
}
