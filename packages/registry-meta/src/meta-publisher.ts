import type { Uri } from "@kreuz/codec";
import type { RealmContext } from "@kreuz/router";

/** Publishes a meta event with these positional arguments. */
export type PublishMeta = (topic: Uri, ...args: readonly unknown[]) => void;

/** Meta events of a realm. A realm that closes ends its sessions one after the other: those still there are spared it. */
export function metaPublisher(realm: RealmContext): PublishMeta {
  return (topic, ...args) => {
    if (!realm.signal.aborted) realm.publish(topic, { args });
  };
}
