// One region on its port: a listener that can go away and come back, connections that faults may take, HTTP behind them.

import {
  createServer as createHttp,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createTcp, type Socket, type Server as TcpServer } from "node:net";
import { Exchange } from "./exchange.ts";
import type { Link } from "./faults/kind.ts";
import type { RegionState, State } from "./state.ts";

/** Idle connections stay open so long, ms: above what the clients in clients.md keep theirs. */
const KEEP_ALIVE_MS = 400_000;

interface Connection {
  number: number;
  turns: number;
  current: Exchange | undefined;
}

/** A listening region. */
export class Region {
  readonly #state: State;
  readonly #region: RegionState;
  readonly #host: string;
  readonly #serve: (exchange: Exchange) => Promise<void>;
  readonly #http: HttpServer;
  readonly #sockets = new Map<Socket, Connection>();
  readonly #closers = new Set<string>();
  #tcp: TcpServer | undefined;
  #connections = 0;
  #switching: Promise<void> = Promise.resolve();
  #stopped = false;
  port = 0;

  constructor(state: State, region: RegionState, host: string, serve: (exchange: Exchange) => Promise<void>) {
    this.#state = state;
    this.#region = region;
    this.#host = host;
    this.#serve = serve;
    this.#http = createHttp({
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      headersTimeout: 0,
      maxHeaderSize: 65_536,
    });
    this.#http.on("request", (req, res) => this.#request(req, res));
    this.#http.on("clientError", (_error, socket) => {
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      else socket.destroy();
    });
  }

  /** Listens. Rejects when the port is taken. */
  async open(port: number): Promise<void> {
    this.port = await this.#listen(port);
  }

  /** Closes or reopens the listener on behalf of a fault; it is open when no fault holds it closed. */
  hold(id: string, closed: boolean): void {
    if (closed) this.#closers.add(id);
    else this.#closers.delete(id);
    this.#switching = this.#switching.then(() => this.#settle());
  }

  /** Resolves when the listener is as the faults want it. */
  settled(): Promise<void> {
    return this.#switching;
  }

  /** Closes everything at once. */
  async close(): Promise<void> {
    this.#stopped = true;
    await this.#switching;
    for (const socket of this.#sockets.keys()) socket.destroy();
    await this.#unlisten();
  }

  async #settle(): Promise<void> {
    if (this.#stopped) return;
    const closed = this.#closers.size > 0;
    if (closed && this.#tcp !== undefined) {
      for (const [socket, connection] of this.#sockets) if (connection.current === undefined) socket.destroy();
      await this.#unlisten();
    } else if (!closed && this.#tcp === undefined) {
      await this.#listen(this.port).catch((error: Error) => {
        this.#state.options.onLine?.(`${this.#region.name}: cannot listen on ${this.port} again: ${error.message}`);
      });
    }
  }

  #listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const tcp = createTcp({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
      tcp.once("error", reject);
      tcp.listen({ port, host: this.#host, backlog: 4096 }, () => {
        tcp.off("error", reject);
        tcp.on("error", () => {});
        this.#tcp = tcp;
        const address = tcp.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  /** Stops listening without waiting for connections that are still served. */
  async #unlisten(): Promise<void> {
    const tcp = this.#tcp;
    this.#tcp = undefined;
    tcp?.close();
    // The handle closes in the loop's next turn; until then a connection could still be accepted.
    await new Promise<void>((resolve) => {
      this.#state.runtime.clock.timer(0, resolve);
    });
  }

  #accept(socket: Socket): void {
    this.#connections += 1;
    const connection: Connection = { number: this.#connections, turns: 0, current: undefined };
    this.#sockets.set(socket, connection);
    socket.on("error", () => {});
    const left = () => connection.current?.clientLeft();
    socket.on("end", left);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      left();
    });
    const adopt = () => {
      this.#http.emit("connection", socket);
    };
    // The control listener is no region: no fault reaches it.
    const known = this.#state.regions.get(this.#region.name) === this.#region;
    const candidate = { region: this.#region.name };
    const [hit] = known ? this.#state.faults.hits("connection", candidate, undefined, () => true) : [];
    if (hit?.rule.kind.connection === undefined) {
      adopt();
      return;
    }
    hit.mark.fired = true;
    const entry = this.#entry(connection, { method: "", target: "", httpVersion: "", headers: [] });
    entry.faults.push(hit.mark);
    entry.ended = "fault";
    const link: Link = { socket, params: hit.rule.params, clock: this.#state.runtime.clock, adopt };
    hit.rule.kind.connection(link);
  }

  #request(req: IncomingMessage, res: ServerResponse): void {
    const connection = this.#sockets.get(req.socket) ?? { number: 0, turns: 0, current: undefined };
    connection.turns += 1;
    const control = req.url?.startsWith("/_simulator/") === true;
    const facts = {
      method: req.method ?? "",
      target: req.url ?? "",
      httpVersion: req.httpVersion,
      headers: pairs(req.rawHeaders),
    };
    const entry = control ? this.#unlogged(connection, facts) : this.#entry(connection, facts);
    const { clock } = this.#state.runtime;
    const exchange = new Exchange({
      req,
      res,
      region: this.#region.name,
      entry,
      requestId: entry.requestId,
      clock,
      wallAt: this.#state.wallAt,
    });
    connection.current = exchange;
    exchange.onOver(() => {
      if (connection.current === exchange) connection.current = undefined;
      if (!control) this.#tell(exchange);
      // Whoever listens no more serves no further request on the connections that it still has.
      if (this.#closers.size > 0) req.socket.destroySoon();
    });
    this.#serve(exchange).catch((error: unknown) => {
      entry.ended = "broken";
      this.#state.options.onLine?.(`bug in the simulator: ${error instanceof Error ? error.stack : String(error)}`);
      req.socket.destroy();
    });
  }

  #entry(connection: Connection, facts: Facts) {
    return this.#state.log.open(this.#filled(connection, facts));
  }

  #unlogged(connection: Connection, facts: Facts) {
    return {
      ...this.#filled(connection, facts),
      id: 0,
      body: Buffer.alloc(0),
      bodyComplete: false,
      faults: [],
      bytesOut: 0,
      ended: "open" as const,
    };
  }

  #filled(connection: Connection, facts: Facts) {
    return {
      ...facts,
      region: this.#region.name,
      connection: connection.number,
      turn: connection.turns,
      at: this.#state.wallAt(this.#state.runtime.clock.now()),
      requestId: this.#state.id("req_"),
    };
  }

  #tell(exchange: Exchange): void {
    const { onLine } = this.#state.options;
    if (onLine === undefined) return;
    const { entry } = exchange;
    const faults = entry.faults
      .filter(({ fired }) => fired)
      .map(({ kind, phase }) => ` [${kind} ${phase}]`)
      .join("");
    const ended = entry.ended === "complete" ? "" : ` ${entry.ended}`;
    onLine(
      `${this.#region.name} ${entry.method} ${exchange.path} ${entry.status ?? "-"} ${Math.round(exchange.age())} ms${ended}${faults}`,
    );
  }
}

interface Facts {
  method: string;
  target: string;
  httpVersion: string;
  headers: ReadonlyArray<readonly [string, string]>;
}

function pairs(raw: readonly string[]): Array<readonly [string, string]> {
  const out: Array<readonly [string, string]> = [];
  for (let i = 0; i + 1 < raw.length; i += 2) out.push([raw[i] as string, raw[i + 1] as string]);
  return out;
}
