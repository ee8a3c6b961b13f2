// The fox-wamp router as the benchmark starts it: realms come into being when they are joined, open to everyone.
// It speaks JSON over WebSocket only, and logs nothing unless told to.
import FoxRouter from "fox-wamp";

new FoxRouter().listenWAMP({ host: "127.0.0.1", port: Number(process.argv[2]), path: "/ws" });
