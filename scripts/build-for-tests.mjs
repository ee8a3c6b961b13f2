// Some tests start the router as a user does, as a process of its own: for them the app has to be built.
import { ensureBuilt } from "./prepare.mjs";

export const setup = () => ensureBuilt("kreuz");
