// A printer turns answer events into the bytes of one dialect.

import type { AnswerEvent } from "../answers/events.ts";

/** What a printer knows of the message besides its events. */
export interface MessageHead {
  id: string;
  model: string;
  /** Seconds since 1970, for dialects that carry a creation time. */
  created: number;
}

/** One dialect's way of saying an answer. The pieces in order, joined, are the body. */
export interface Printer {
  readonly contentType: string;
  /** True when pieces are server-sent events that may go out one by one. */
  readonly streamed: boolean;
  /** The bytes of an event; empty when the dialect does not tell it. */
  print(event: AnswerEvent): string;
  /** The bytes that end a stream with an error. Only streamed dialects have them. */
  error(type: string, message: string, details: Record<string, unknown> | null, requestId: string): string;
}
