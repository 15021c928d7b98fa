// Puts plain connections before node's server: it listens as ever, and gets every connection that is not plain.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import { formatHttpDate } from "@fairlead/protocol";
import { type Clock, Roster, type Timer } from "@fairlead/runtime";
import { PlainConnection, type PlainHouse } from "./plain-connection.ts";
import type { PlainRequest } from "./plain-request.ts";
import type { PlainResponse } from "./plain-response.ts";
import { SharedRead } from "./shared-read.ts";

/** Bounds of connections, milliseconds and bytes. */
export interface PlainBounds {
  readonly headLimit: number;
  /** Idle connections live for this long. */
  readonly keepAliveMs: number;
  /** A whole request has this long to arrive. */
  readonly requestMs: number;
}

/** How often connections are looked at, milliseconds. */
const LOOK_MS = 500;

/** Every connection of a server that is still plain. */
export class PlainConnections implements PlainHouse {
  readonly headLimit: number;
  readonly keepAlive: string;
  readonly reads = new SharedRead();
  readonly #bounds: PlainBounds;
  readonly #server: Server;
  readonly #native: (socket: Socket) => void;
  readonly #clock: Clock;
  readonly #handle: (req: PlainRequest, res: PlainResponse) => void;
  readonly #open = new Roster<PlainConnection>();
  #timer: Timer | undefined;
  #second = -1;
  #date = "";

  /**
   * @param handle answers a request; the server's own listener for `request` does it for those that are not plain
   * @param opened hears of each connection; its socket is not the one that the server tells of
   */
  constructor(
    server: Server,
    clock: Clock,
    bounds: PlainBounds,
    handle: (req: PlainRequest, res: PlainResponse) => void,
    opened: (socket: Socket) => void = () => {},
  ) {
    const [native, ...more] = server.listeners("connection") as Array<(socket: Socket) => void>;
    if (native === undefined || more.length > 0)
      throw new Error("only node's own listener may hear of connections yet");
    this.#server = server;
    this.#native = native;
    this.#clock = clock;
    this.#handle = handle;
    this.#bounds = bounds;
    this.headLimit = bounds.headLimit;
    this.keepAlive = `timeout=${Math.floor(bounds.keepAliveMs / 1_000)}`;
    server.off("connection", native);
    server.on("connection", (socket: Socket) => {
      const connection = new PlainConnection(socket, this);
      opened(connection.socket);
      this.#open.add(connection);
      this.#timer ??= clock.timer(LOOK_MS, this.#look);
    });
  }

  handle(req: PlainRequest, res: PlainResponse): void {
    this.#handle(req, res);
  }

  handOver(connection: PlainConnection, socket: Socket, read: Buffer | undefined): void {
    this.forget(connection);
    socket.pause();
    this.#native.call(this.#server, socket);
    if (read !== undefined) socket.unshift(read);
    socket.resume();
  }

  broken(socket: Socket, code: string): void {
    this.#server.emit("clientError", Object.assign(new Error(code), { code }), socket);
  }

  forget(connection: PlainConnection): void {
    this.#open.delete(connection);
  }

  now(): number {
    return this.#clock.now();
  }

  date(): string {
    const second = Math.floor(this.#clock.wall() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = formatHttpDate(second * 1_000);
    }
    return this.#date;
  }

  /** Ends every connection at once. */
  close(): void {
    this.#timer?.cancel();
    for (const connection of this.#open) connection.destroy();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const connection of this.#open) {
      const age = now - connection.since;
      // Whoever says nothing at first is watched by node, which tells them when their time is over.
      if (!connection.used && age >= LOOK_MS / 2) connection.handOver(undefined);
      else if (connection.reading && age >= this.#bounds.requestMs) connection.fail("ERR_HTTP_REQUEST_TIMEOUT");
      else if (connection.idle && age >= this.#bounds.keepAliveMs) connection.destroy();
    }
    if (this.#open.size > 0) this.#timer = this.#clock.timer(LOOK_MS, this.#look);
  };
}
