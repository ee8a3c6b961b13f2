import { msgpack as codec } from "@kreuz/codec/msgpack";
import type { Format } from "./format.js";

/** MessagePack, by the codec of `@kreuz/codec`. */
export const msgpack: Format = codec;
