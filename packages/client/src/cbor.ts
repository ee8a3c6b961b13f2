import { cbor as codec } from "@kreuz/codec/cbor";
import type { Format } from "./format.js";

/** CBOR, by the codec of `@kreuz/codec`. */
export const cbor: Format = codec;
