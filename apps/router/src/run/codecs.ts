import type { Codec, CodecLimits } from "@kreuz/codec";
import { createCborCodec } from "@kreuz/codec/cbor";
import { createJsonCodec } from "@kreuz/codec/json";
import { createMsgpackCodec } from "@kreuz/codec/msgpack";
import type { CodecName, Config } from "../config/config.js";

const CREATE: Readonly<Record<CodecName, (limits: CodecLimits) => Codec>> = {
  json: createJsonCodec,
  msgpack: createMsgpackCodec,
  cbor: createCborCodec,
};

/** One codec of each kind for all transports: what goes to several of them is encoded once. */
export function createCodecs({ transports, limits }: Config): ReadonlyMap<CodecName, Codec> {
  // Each transport refuses what is larger than its own limit before a codec sees it.
  const maxBytes = Math.max(...transports.map(({ maxMessageBytes }) => maxMessageBytes));
  const names = new Set(transports.flatMap(({ codecs }) => codecs));
  return new Map([...names].map((name) => [name, CREATE[name]({ maxBytes, maxDepth: limits.maxNestingDepth })]));
}
