export { payloadSchema } from "./payload-schema.js";
export type { PayloadRule, PayloadSchemaOptions, PayloadSchemas } from "./payload-schema.js";
export type { Issue, Schema } from "./compile.js";
