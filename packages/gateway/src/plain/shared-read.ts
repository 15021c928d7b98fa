// Reads all connections into one buffer: a buffer of their own for each read costs more than the read.

import { type Server, Socket } from "node:net";

/** Bytes of one read at most, as node has it. */
const READ_BYTES = 65_536;

/** What node's sockets have and its types do not tell. */
interface Inside {
  _handle: object | null;
  _server: Server | null;
  server: Server | null;
}

/** A buffer that every read of every connection goes into; what was read is gone with the next. */
export class SharedRead {
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);

  /**
   * The same connection as another socket, whose bytes go to `take` and lie in a buffer that is valid during the call
   * only; false from it stops the reading until `resume`. The socket that was given is empty afterwards. Undefined for a
   * connection that cannot be taken over, such as one with TLS: it stays as it was.
   *
   * `net.Socket` takes such a buffer where a connection is made (`onread`), but servers make their sockets themselves.
   */
  adopt(born: Socket, take: (bytes: Buffer) => boolean): Socket | undefined {
    const before = born as unknown as Inside;
    const handle = before._handle;
    if (born.constructor !== Socket || handle === null || handle === undefined || !("useUserBuffer" in handle))
      return undefined;
    before._handle = null;
    const buffer = this.#buffer;
    const options = {
      handle,
      allowHalfOpen: born.allowHalfOpen,
      onread: { buffer, callback: (count: number) => take(count === READ_BYTES ? buffer : buffer.subarray(0, count)) },
    };
    const socket = new Socket(options as object);
    // The server counts its connections, and is told of their end by the socket.
    const after = socket as unknown as Inside;
    after._server = before._server;
    after.server = before.server;
    before._server = before.server = null;
    return socket;
  }
}
