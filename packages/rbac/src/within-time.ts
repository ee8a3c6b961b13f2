import type { Clock } from "@kreuz/codec";

/** What a promise gives, or an error in words when that takes too long. No timer stays behind. */
export async function withinTime<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  let cancel = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(ms, () => reject(new Error(`the authorizer did not answer within ${ms} ms`)));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}
