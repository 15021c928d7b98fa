// The little that the edge needs of a request and its response: node's own have it, and so have those on plain connections.

import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { BodyTaker } from "./lean-request.ts";

/** A request. Emits `data` and `end` for a body that nobody took, `error`, and `close`. */
export interface HttpRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly rawHeaders: string[];
  /** A few by name; the rest is in `rawHeaders`. */
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
  /** The whole body has arrived. */
  readonly complete: boolean;
  readonly destroyed: boolean;
  takeBody(taker: BodyTaker | undefined): void;
  on(event: "data", hear: (piece: Buffer) => void): unknown;
  on(event: "error", hear: (error: Error) => void): unknown;
  on(event: "close", hear: () => void): unknown;
  once(event: "end" | "close", hear: () => void): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** A response. Emits `drain`, `finish` when the system has its last bytes, and `close` when it is over in whichever way. */
export interface HttpResponse {
  readonly req: HttpRequest;
  /** Null before its turn on the connection. */
  readonly socket: Socket | null;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly writableNeedDrain: boolean;
  readonly destroyed: boolean;
  /** Whether `write` frames chunks; who frames them itself says false. */
  chunkedEncoding: boolean;
  setHeader(name: string, value: string): unknown;
  getHeader(name: string): number | string | string[] | undefined;
  writeHead(status: number, headers: string[]): unknown;
  write(data: Buffer | string, encoding?: BufferEncoding): boolean;
  end(data?: Buffer | string, encoding?: BufferEncoding): unknown;
  writeContinue(): void;
  writeProcessing(): void;
  on(event: "close", hear: () => void): unknown;
  once(event: "drain" | "finish" | "close", hear: () => void): unknown;
  destroy(): unknown;
}
