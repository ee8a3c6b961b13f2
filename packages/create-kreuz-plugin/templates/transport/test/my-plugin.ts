import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Budget, outboxLimitsOf, systemClock } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { extensionContract, transportContract } from "@kreuz/plugin-testkit";
import { defaults, myPlugin } from "../src/index.js";
import { LineConnection } from "../src/line-connection.js";

const opened: Array<() => Promise<void>> = [];

const cases = transportContract({
  codec: json,
  // A line cannot carry the status of a close.
  tellsStatus: false,
  keepsAccounts: true,
  waitOptions: { turns: 20_000 },
  async connect(server, client, { outbox, budget, ...given }) {
    const settings = { clock: systemClock, onLimit() {}, onError() {}, ...given, outbox: outboxLimitsOf(outbox) };
    let accepted = (): void => {};
    const accepting = new Promise<void>((resolve) => (accepted = resolve));
    const acceptor: typeof server = {
      accept(connection) {
        accepted();
        // Without a budget, the cases send more than a client may before its login.
        if (budget === undefined && connection.account !== undefined) connection.account.authenticated = true;
        return server.accept(connection);
      },
    };
    const context = { ...settings, codecs: [json], budget: budget ?? new Budget() };
    const listener = await myPlugin({ port: 0 }).listen(acceptor, context);
    const socket = connect({ port: listener.port ?? 0, host: "127.0.0.1", allowHalfOpen: true });
    opened.push(async () => {
      socket.destroy();
      await listener.close();
    });
    await once(socket, "connect");
    new LineConnection(socket, json, { ...defaults(), ...settings }).admit(client);
    await accepting;
  },
  async dispose() {
    await Promise.all(opened.splice(0).map((close) => close()));
  },
});
for (const { name, run } of [...extensionContract(myPlugin), ...cases]) test(name, run);
