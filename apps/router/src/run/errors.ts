/** The router cannot start for a reason outside its config, such as a port in use. `cause` has the original error. */
export class StartError extends Error {
  override readonly name = "StartError";
}
