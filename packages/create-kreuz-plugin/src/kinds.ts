/** What can be made. */
export type Kind =
  | "plugin"
  | "guard"
  | "router-plugin"
  | "authenticator"
  | "authorizer"
  | "transport"
  | "event-store"
  | "route";

/** What each kind is, and the packages that it needs besides `@kreuz/codec`. */
export const KINDS: Readonly<Record<Kind, { readonly title: string; readonly needs: readonly string[] }>> = {
  plugin: { title: "a plugin of a realm", needs: ["@kreuz/router"] },
  guard: { title: "a plugin that looks at messages before they go on", needs: ["@kreuz/router"] },
  "router-plugin": { title: "a plugin of the router as a whole", needs: ["@kreuz/router"] },
  authenticator: { title: "a method by which clients log in", needs: ["@kreuz/router"] },
  authorizer: { title: "who may do what", needs: ["@kreuz/router"] },
  transport: { title: "another way for clients to connect", needs: [] },
  "event-store": { title: "a store for the history of events", needs: ["@kreuz/event-history"] },
  route: { title: "answers to plain HTTP requests", needs: ["@kreuz/router"] },
};

/** Licenses whose text comes along; `UNLICENSED` is for packages that stay private. */
export const LICENSES = ["MIT", "ISC", "UNLICENSED"] as const;
export type License = (typeof LICENSES)[number];

/** Where tests run after a push. */
export const SERVICES = ["github", "gitlab", "none"] as const;
export type Service = (typeof SERVICES)[number];
