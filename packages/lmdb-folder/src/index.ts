export { DatabaseFolder } from "./database-folder.js";
export type { FolderFormat } from "./database-folder.js";
export { WriteRoom } from "./write-room.js";
