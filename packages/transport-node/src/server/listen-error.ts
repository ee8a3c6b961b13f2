import { joinHostPort } from "../connection/peer-address.js";

/** An error of `listen` in words that name host and port, or the path of a Unix socket. The original is its `cause`. */
export function listenError(error: NodeJS.ErrnoException, host: string, port: number | undefined): Error {
  const place = port === undefined ? host : joinHostPort(host, port);
  switch (error.code) {
    case "EADDRINUSE":
      return new Error(`cannot listen on ${place}: another program uses that port`, { cause: error });
    case "EACCES":
      return new Error(`cannot listen on ${place}: this user may not use that port`, { cause: error });
    case "EADDRNOTAVAIL":
      return new Error(`cannot listen on ${place}: this machine does not have that address`, { cause: error });
    case "ENOTFOUND":
      return new Error(`cannot listen on ${place}: no such host`, { cause: error });
    default:
      return new Error(`cannot listen on ${place}: ${error.message}`, { cause: error });
  }
}
