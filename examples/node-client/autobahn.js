import process from "node:process";
import autobahn from "autobahn";

const url = process.env.KREUZ_URL ?? "ws://127.0.0.1:8080/ws";
// By default Autobahn gives up after 15 attempts; a service goes on.
const connection = new autobahn.Connection({ url, realm: "realm1", max_retries: -1 });

connection.onopen = async (session) => {
  console.log(`joined ${url} as session ${session.id}`);
  await session.register("com.example.add", ([a, b]) => a + b);
  await session.subscribe("com.example.chat", ([text]) => console.log(`chat: ${text}`));
  console.log(`2 + 3 = ${await session.call("com.example.add", [2, 3])}`);
  session.publish("com.example.chat", ["the service is here"]);
};

connection.onclose = (reason, { reason: uri, message }) => {
  console.log([`connection ${reason}`, uri, message].filter(Boolean).join(": "));
  // True would end the attempts to connect again.
  return false;
};

connection.open();

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    if (connection.isOpen) connection.close();
    else process.exit();
  });
}
