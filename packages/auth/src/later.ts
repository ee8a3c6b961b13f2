/** Goes on with a value that is there now, or comes later. What is there at once stays synchronous. */
export function later<T, R>(value: T | Promise<T>, proceed: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}
