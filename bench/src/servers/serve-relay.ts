import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { WebSocketServer } from "ws";
import { certificate } from "./certificate.js";
import { serveRawSocket } from "./relay-rawsocket.js";
import { accept } from "./relay-routes.js";
import type { Ports } from "./server-spec.js";

/* The baseline of the benchmark: a relay of WebSocket messages with `ws`. */
const ports = JSON.parse(process.argv[2]!) as Ports;

serve(createHttpServer(), ports.websocket, false);
serve(createHttpServer(), ports.deflate, true);
serve(createHttpsServer(certificate()), ports.tls, false);
serveRawSocket(ports.rawsocket);

function serve(server: HttpServer | HttpsServer, port: number, compression: boolean): void {
  const perMessageDeflate = compression && {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    threshold: 1024,
  };
  new WebSocketServer({
    server,
    perMessageDeflate,
    skipUTF8Validation: true,
    handleProtocols: (offered) => offered.values().next().value ?? false,
  }).on("connection", (webSocket, { socket }) => {
    let binary = false;
    const onFrame = accept({ socket, forward: (data) => webSocket.send(data, { binary }) });
    webSocket.on("error", () => {});
    webSocket.on("message", (data: Buffer, isBinary) => {
      binary = isBinary;
      onFrame(data);
    });
  });
  server.listen(port, "127.0.0.1", 4096);
}
