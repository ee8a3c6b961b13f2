// Publishes what a service sends as a signed webhook, such as GitHub's `X-Hub-Signature-256`.
import { createHmac, timingSafeEqual } from "node:crypto";
import { options, text } from "@kreuz/codec/options";
import { defineRoute } from "@kreuz/router";

const SIGNATURE = "X-Hub-Signature-256";

export const webhook = defineRoute({
  name: "webhook",
  options: options({
    topic: text("the URI of a topic"),
    secret: text("the secret that both sides know").secret(),
  }),
  example: { topic: "com.example.hooked", secret: "a long secret" },
  create: ({ topic, secret }) => ({
    async handle(request, { realm, peer }) {
      if (request.method !== "POST") return new Response("only POST\n", { status: 405, headers: { Allow: "POST" } });
      const body = new Uint8Array(await request.arrayBuffer());
      if (!isSigned(body, request.headers.get(SIGNATURE) ?? "", secret)) {
        realm.logger.warn({ peer }, "a webhook with a wrong signature was refused");
        return new Response("wrong signature\n", { status: 401 });
      }
      const event = parse(body);
      if (event === undefined) return new Response("expected JSON\n", { status: 400 });
      realm.publish(topic, { args: [event] });
      return new Response(null, { status: 204 });
    },
  }),
});

function isSigned(body, signature, secret) {
  const expected = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  // Takes the same time wherever the two differ.
  return signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}

function parse(body) {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
