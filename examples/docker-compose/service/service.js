import { readFileSync } from "node:fs";
import process from "node:process";
import autobahn from "autobahn";

const connection = new autobahn.Connection({
  url: process.env.KREUZ_URL,
  realm: "realm1",
  authid: "service",
  authmethods: ["ticket"],
  onchallenge: () => readFileSync(process.env.TICKET_FILE, "utf8").trim(),
  max_retries: -1,
});

connection.onopen = async (session) => {
  await session.register("com.example.now", () => new Date().toISOString());
  console.log("com.example.now is registered");
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
