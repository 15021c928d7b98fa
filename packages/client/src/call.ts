// One call from end to end: the caller's AbortSignal bound to the engine's, the pipeline run, the Response made.

import type { Exchange, Pipeline } from "@fairlead/engine";
import { abortReason } from "./errors.ts";
import { respond } from "./response.ts";

/** Runs calls. Holds only what lets a body that nobody reads be given up. */
export class Caller {
  /** A Response that is dropped unread would hold its connection for ever: its stream is cancelled when it is collected. */
  readonly #dropped = new FinalizationRegistry<WeakRef<ReadableStream<Uint8Array>>>((ref) => {
    const body = ref.deref();
    if (body !== undefined && !body.locked) body.cancel("the response was dropped unread").catch(() => {});
  });

  /** Resolves with the Response, or rejects as fetch does. */
  async run(pipeline: Pipeline, x: Exchange, url: string, signal: AbortSignal | undefined): Promise<Response> {
    const aborted = () => x.signal.abort("aborted by the caller");
    signal?.addEventListener("abort", aborted, { once: true });
    const unbind = () => signal?.removeEventListener("abort", aborted);
    const gone = () => signal?.aborted === true;
    if (gone()) {
      unbind();
      throw abortReason(signal);
    }
    const outcome = await pipeline.run(x);
    const flow = outcome.ok ? outcome.flow : outcome.held?.flow;
    if (flow === undefined) unbind();
    else flow.tap({ end: unbind });
    // The engine may end with what an upstream said last; to the caller who has left, the leaving is the answer.
    if (gone()) throw abortReason(signal);
    return respond(outcome, {
      x,
      url,
      signal,
      made: (response, body) => this.#dropped.register(response, new WeakRef(body)),
    });
  }
}
