import process from "node:process";
import { connect } from "@kreuz/client";
import { webSocket } from "@kreuz/client/node";

const url = process.env.KREUZ_URL ?? "ws://127.0.0.1:8080/ws";
const session = await connect({ transport: webSocket(url), realm: "realm1" });
console.log(`joined ${url} as session ${session.id}`);
session.onState((state, cause) => console.log([`session ${state}`, cause?.message].filter(Boolean).join(": ")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => session.close());

await session.register("com.example.add", ({ args: [a, b] }) => a + b);
await session.subscribe("com.example.chat", ({ args: [text] }) => console.log(`chat: ${text}`));
const { value } = await session.call("com.example.add", [2, 3]);
console.log(`2 + 3 = ${value}`);
await session.publish("com.example.chat", ["the service is here"]);
