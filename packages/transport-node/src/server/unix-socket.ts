import { chmod, lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";

/** A Unix socket to listen on. */
export interface UnixSocketOptions {
  /** Path of the socket. One that a dead process left behind is replaced. */
  readonly path: string;
  /** Permissions of the file, such as `0o660`; a client needs write permission to connect. Default what the umask leaves. */
  readonly mode?: number;
  /**
   * The process is a worker of `node:cluster`: the socket is that of the primary process, and of all its workers, so none of them
   * removes what is there. The primary does, by {@link clearUnixSocket}, before it starts workers. Default `false`.
   */
  readonly shared?: boolean;
}

/**
 * Removes the socket that a dead process left behind at `path`.
 *
 * @throws Error when there is a file that is not a socket, or a socket that another program listens on.
 */
export async function clearUnixSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new Error(`cannot listen on ${path}: ${error.message}`, { cause: error });
  });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`cannot listen on ${path}: a file that is not a socket exists there`);
  if (await isAlive(path)) throw new Error(`cannot listen on ${path}: another program listens there`);
  await unlink(path);
}

/** Sets who may connect, once the socket exists. */
export async function permitUnixSocket({ path, mode }: UnixSocketOptions): Promise<void> {
  if (mode !== undefined) await chmod(path, mode);
}

/** Only a refused connection proves that nobody listens. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}
