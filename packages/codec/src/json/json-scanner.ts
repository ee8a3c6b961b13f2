/** Integers in {@link JsonScanner.bounds} for each element: offset of its start, offset of its end, number of its escapes. */
export const BOUNDS_PER_ELEMENT = 3;
/** No message has more elements. */
export const MAX_ELEMENTS = 7;

/**
 * Checks a JSON frame and finds the elements of its message, without creating strings and objects.
 *
 * It accepts only frames that are certainly valid: a list in UTF-8 within the limits, whose dicts have no key twice. Any
 * other frame, valid or not, is left to `JsonParser`.
 */
export interface JsonScanner {
  /** Where the elements of the frame that was accepted last lie. Valid until the next one. */
  readonly bounds: Int32Array;
  /** @returns the number of elements, -1 when the frame is not accepted. */
  scan(frame: Uint8Array): number;
}
