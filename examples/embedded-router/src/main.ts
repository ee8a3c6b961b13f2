// A shop whose stock lives in this program. The router inside it serves web pages, services and tools.
import process from "node:process";
import { json } from "@kreuz/codec/json";
import { createRouter } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { listenWebSocket } from "@kreuz/transport-node";
import { customers } from "./customers.js";
import { Stock } from "./stock.js";

const router = await createRouter({
  realms: [{ uri: "com.example.shop", authorizer: customers, plugins: [sessionMeta()] }],
});

const stock = new Stock({ apple: 10, pear: 3 });
// A session of the program itself: it may do everything.
const shop = router.connect("com.example.shop");
await shop.register("com.example.shop.stock", () => stock.all());
await shop.register("com.example.shop.buy", async ({ args: [item, amount] }) => {
  const left = stock.take(item, amount);
  await shop.publish("com.example.shop.sold", [{ item, left }]);
  return left;
});

const port = Number(process.env["PORT"] ?? 8080);
const listener = await listenWebSocket(router, { codecs: [json], port, path: "/ws" });
console.log(`open at ${listener.url}, realm com.example.shop`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await router.close();
    await listener.close();
  });
}
