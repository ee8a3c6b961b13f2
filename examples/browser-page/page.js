import { Wampy } from "wampy";

const url = new URLSearchParams(location.search).get("url") ?? "ws://127.0.0.1:8080/ws";
const show = (id, text) => (document.getElementById(id).textContent = text);
const add = (message) => {
  const item = document.createElement("li");
  item.textContent = message;
  document.getElementById("messages").append(item);
};

const client = new Wampy(url, {
  realm: "realm1",
  // Tries again for as long as the page is open.
  maxRetries: 0,
  onClose: () => show("status", `connection lost, trying again: ${url}`),
  onReconnectSuccess: () => show("status", `connected to ${url}`),
});

await client.connect();
await client.subscribe("com.example.chat", ({ argsList: [message] }) => add(message));
show("status", `connected to ${url}`);

document.getElementById("chat").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { text } = event.target.elements;
  await client.publish("com.example.chat", [text.value]);
  // Publishers do not get their own events.
  add(text.value);
  text.value = "";
});

document.getElementById("sum").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { a, b } = event.target.elements;
  try {
    const { argsList } = await client.call("com.example.add", [Number(a.value), Number(b.value)]);
    show("result", argsList[0]);
  } catch (error) {
    // wamp.error.no_such_procedure until a service offers it: start the example node-client.
    show("result", error.errorUri ?? error.message);
  }
});
