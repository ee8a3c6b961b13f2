import { options, text } from "@kreuz/codec/options";
import { defineRoute } from "@kreuz/router";

/** Publishes what is posted, if the request has the token. */
export const myPlugin = defineRoute({
  name: "my-plugin",
  options: options({
    topic: text("the URI of a topic").describe("Topic that requests are published to."),
    token: text("a token").secret().describe("What requests must have as Authorization: Bearer."),
  }),
  example: { topic: "com.example.my_plugin.posted", token: "a token" },
  create: ({ topic, token }) => ({
    // Whoever sends a request has not logged in.
    async handle(request, { realm }) {
      if (request.headers.get("Authorization") !== `Bearer ${token}`)
        return new Response("wrong token\n", { status: 401, headers: { "WWW-Authenticate": "Bearer" } });
      if (request.method !== "POST") return new Response("only POST\n", { status: 405, headers: { Allow: "POST" } });
      realm.publish(topic, { args: [await request.text()] });
      return new Response(null, { status: 204 });
    },
  }),
});
