import type { z } from "zod";
import type { ClusterConfig } from "./config.js";
import { choice, expected, integer, list, section, text } from "./fields.js";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

const name = (): z.ZodString => {
  const what = '1 to 64 letters, digits, "-" and "_"';
  return text(what).regex(NAME, expected(what));
};

const credentials = section({
  user: text("a user name").optional().describe("Name of the node's user at the server."),
  password: text("a password").optional().describe("Password of that user."),
  token: text("a token").optional().describe("Token, in place of a user."),
  nkeySeed: text("the seed of an nkey").optional().describe("Seed of an nkey, in place of a user; it begins with SU."),
  creds: text("a credentials file").optional().describe("Text of a .creds file, in place of a user; use credsFile."),
});

const tls = section({
  ca: text("a path")
    .optional()
    .describe("File with the certificates of the authorities that vouch for the servers (PEM)."),
  cert: text("a path").optional().describe("File with the node's own certificate (PEM), if the servers ask for one."),
  key: text("a path").optional().describe("File with the key of that certificate (PEM)."),
});

const nats = section({
  servers: list(text("a URL such as nats://127.0.0.1:4222"), "a list of URLs")
    .min(1, expected("at least one server"))
    .describe("URLs of the NATS servers. They need JetStream: nats-server -js."),
  tls: tls.optional().describe("Files for TLS. Default: TLS if the servers ask for it, with the system's authorities."),
  credentials: credentials.optional().describe("How the node logs in at the servers. Default: it does not."),
  replicas: integer(1, 5).default(1).describe("Servers that keep who has registered what; 3 survive the loss of one."),
});

/** What joins this router with others. */
export const clusterSchema: z.ZodType<ClusterConfig> = section({
  name: name().describe("Name of the cluster: nodes of one name serve their realms together."),
  node: name()
    .optional()
    .describe("Name of this node, unique in the cluster. Default: the host's name and a random part."),
  whenIsolated: choice(["refuse", "accept"])
    .default("refuse")
    .describe(
      "What becomes of new registrations while nobody can tell whether another node has the procedure: accept registers them at this node, and revokes those that another node has.",
    ),
  nats: nats.describe("The NATS servers that join the nodes."),
});
