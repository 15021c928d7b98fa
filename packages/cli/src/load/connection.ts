// One kept-alive connection to the endpoint under load: a bare socket, one request at a time.

import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ResponseReader } from "./response-reader.ts";

/** Where the requests go. */
export interface Endpoint {
  /** Name as in the Host header, without a port. */
  readonly host: string;
  /** Address that the name came to: looked up once, so that no lookup is measured. */
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
}

/** What a connection tells about the request on it. `over` is the last; `keep`: the connection can take another. */
export interface Listener {
  head(status: number, head: string): void;
  data(chunk: Buffer): void;
  /** @param broken why it ended before the answer was whole as HTTP sees it; undefined when it is */
  over(broken: string | undefined, keep: boolean): void;
}

/** A connection takes this long to be made at most, milliseconds. */
const CONNECT_MS = 10_000;

/** Finds the address of a host. Rejects as `dns.lookup` does. */
export async function endpointOf(url: URL): Promise<Endpoint> {
  const tls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const address = isIP(host) !== 0 ? host : (await lookup(host)).address;
  return { host, address, port: url.port === "" ? (tls ? 443 : 80) : Number(url.port), tls };
}

/** A connection, made with its first request. */
export class Connection {
  readonly #endpoint: Endpoint;
  readonly #reader: ResponseReader;
  #socket: Socket | undefined;
  #listener: Listener | undefined;
  #connected = false;
  #gone = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#reader = new ResponseReader({
      head: (status, head) => this.#listener?.head(status, head),
      data: (chunk) => this.#listener?.data(chunk),
      end: (keep) => this.#over(undefined, keep),
    });
  }

  /** False once it cannot take another request. */
  get usable(): boolean {
    return !this.#gone;
  }

  /** Sends one request. The connection must be usable and free. */
  send(request: readonly (string | Buffer)[], listener: Listener): void {
    this.#listener = listener;
    const socket = this.#socket ?? this.#open();
    const [first, ...rest] = request;
    if (rest.length > 0) socket.cork();
    socket.write(first ?? "", "latin1");
    for (const piece of rest) socket.write(piece);
    if (rest.length > 0) socket.uncork();
  }

  /** Ends it at once. Whoever waits for an answer is told `why`. */
  destroy(why: string): void {
    this.#gone = true;
    this.#socket?.destroy();
    this.#over(why, false);
  }

  #open(): Socket {
    const { address, port, host, tls } = this.#endpoint;
    const socket = tls
      ? connectTls({ host: address, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connect({ host: address, port });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(CONNECT_MS, () => {
      if (!this.#connected) this.destroy(`no connection within ${CONNECT_MS / 1_000} s`);
    });
    socket.once(tls ? "secureConnect" : "connect", () => {
      this.#connected = true;
      socket.setTimeout(0);
    });
    socket.on("data", (chunk: Buffer) => {
      if (this.#listener === undefined) {
        this.destroy("bytes that nobody asked for");
        return;
      }
      const fault = this.#reader.push(chunk);
      if (fault !== undefined) this.destroy(fault);
    });
    socket.once("end", () => this.#closed("closed"));
    // Not once: what nobody hears would end the process.
    socket.on("error", (e: NodeJS.ErrnoException) => this.#closed(e.code ?? e.message));
    socket.once("close", () => this.#closed("closed"));
    return socket;
  }

  #closed(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket?.destroy();
    if (this.#listener === undefined || this.#reader.close()) return;
    const when = this.#connected ? (this.#reader.begun ? "" : " before an answer") : " while connecting";
    this.#over(`${why}${when}`, false);
  }

  #over(broken: string | undefined, keep: boolean): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    if (!keep && !this.#gone) {
      this.#gone = true;
      this.#socket?.destroy();
    }
    listener.over(broken, keep && !this.#gone);
  }
}
