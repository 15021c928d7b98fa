// The requests that wait for an answer or get one.

import type { Exchange, Tally } from "@fairlead/engine";
import { Roster, type Seated } from "@fairlead/runtime";
import type { ClientStream } from "./client-stream.ts";
import type { HttpResponse } from "./http-surface.ts";

/** What is told of a request while it is under way. It holds no body. */
export interface UnderWay extends Pick<Exchange, "id" | "path" | "priority" | "signal"> {
  /** Monotonic time at which it was read, milliseconds. */
  readonly at: number;
  readonly project: string | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly tally: Tally;
}

interface Entry extends Seated {
  readonly res: HttpResponse;
  stream: ClientStream | undefined;
  about: UnderWay | undefined;
  /** Bytes of the request's body that are held for it. */
  bytes: number;
}

/** Where a response remembers its entry. */
const ENTRY = Symbol("fairlead.running");
type Marked = HttpResponse & { [ENTRY]?: Entry | undefined };

/** Those responses; each remembers its entry itself. */
export class Running {
  readonly #list = new Roster<Entry>();

  get size(): number {
    return this.#list.size;
  }

  /** Adds a response, or changes the stream of one that is in. `about` is told of it to whoever asks. */
  set(res: HttpResponse, stream: ClientStream | undefined, about?: UnderWay): void {
    const marked = res as Marked;
    const entry = marked[ENTRY];
    if (entry === undefined) marked[ENTRY] = this.#list.add({ res, stream, about, bytes: 0, seat: -1 });
    else {
      entry.stream = stream;
      entry.about = about;
    }
  }

  /** Notes how many bytes of body are held for a response that is in. */
  hold(res: HttpResponse, bytes: number): void {
    const entry = (res as Marked)[ENTRY];
    if (entry !== undefined) entry.bytes = bytes;
  }

  /** Gives the body's bytes back, once: when the answer's content has begun nothing will send them again. */
  release(res: HttpResponse, held: { bytes: number }): void {
    const entry = (res as Marked)[ENTRY];
    if (entry === undefined) return;
    held.bytes -= entry.bytes;
    entry.bytes = 0;
  }

  has(res: HttpResponse): boolean {
    return (res as Marked)[ENTRY] !== undefined;
  }

  get(res: HttpResponse): ClientStream | undefined {
    return (res as Marked)[ENTRY]?.stream;
  }

  /** Takes a response out; false when it was not in. */
  delete(res: HttpResponse): boolean {
    const marked = res as Marked;
    const entry = marked[ENTRY];
    if (entry === undefined) return false;
    marked[ENTRY] = undefined;
    return this.#list.delete(entry);
  }

  /** All that are in at the moment; what comes or goes during the loop does not disturb it. */
  all(): ReadonlyArray<{ readonly res: HttpResponse; readonly stream: ClientStream | undefined }> {
    return [...this.#list];
  }

  /** Those whose body was read, the oldest first. */
  underWay(): readonly UnderWay[] {
    return this.#list.list.flatMap(({ about }) => about ?? []).sort((a, b) => a.at - b.at);
  }

  /** The response and the stream of a request whose body was read; undefined when it is not in. */
  find(
    id: string,
  ): { readonly res: HttpResponse; readonly stream: ClientStream | undefined; readonly about: UnderWay } | undefined {
    for (const { res, stream, about } of this.#list.list) if (about?.id === id) return { res, stream, about };
    return undefined;
  }
}
