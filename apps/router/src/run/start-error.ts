/** The router cannot start, for a reason outside its config: a taken port, a plugin that fails. The cause is kept. */
export class StartError extends Error {
  override readonly name = "StartError";
}
