// The doctor's own hands on the network: one connection, one handshake, one exchange at a time, each of them on record.

import type { Runtime } from "@fairlead/runtime";

/** One thing that happened on the wire, for --trace. Times in milliseconds of the runtime's clock. No secret is in it. */
export interface WireEvent {
  readonly at: number;
  readonly connection: number;
  readonly kind: "dns" | "tcp" | "proxy" | "tls" | "request" | "response" | "data" | "close" | "error";
  readonly text: string;
  readonly detail?: { readonly [name: string]: string | number | boolean | undefined };
}

/** What the primitives in this folder share. */
export interface Wire {
  readonly rt: Runtime;
  /** Aborted when the examination is over: what is still open is closed. */
  readonly signal: AbortSignal;
  /** Numbers connections from 1. */
  nextConnection(): number;
  record(event: WireEvent): void;
  /** Lines for SSLKEYLOGFILE, when --trace asked for them. */
  keyLog?(line: Buffer): void;
}
