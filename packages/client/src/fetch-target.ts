// A target whose wire is somebody's fetch: a runtime's own where there are no sockets, or the SDK's below a middleware.

import {
  type Code,
  type Exchange,
  failure,
  type Outcome,
  type Source,
  type SourceSink,
  type Target,
} from "@fairlead/engine";
import { findModel, HOP_BY_HOP, spliceModel } from "@fairlead/protocol";
import { judge } from "@fairlead/providers/anthropic";
import type { Runtime } from "@fairlead/runtime";

/** Sends one request. The headers are complete; the body may be sent as it is. */
export type Send = (url: string, init: RequestInit & { readonly headers: Headers }, x: Exchange) => Promise<Response>;

/** What a target over fetch is made of. */
export interface FetchTargetOptions {
  readonly name: string;
  readonly platform: string;
  readonly account: string;
  readonly weight?: number | undefined;
  readonly region?: string | undefined;
  /** Origin and path prefix, without a slash at the end. */
  readonly base: string;
  /** Headers of the endpoint's own, its credential among them. With `ownCredential` the request's are left out. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly ownCredential: boolean;
  readonly contextWindow: number | undefined;
  readonly modelName: (model: string) => string;
  readonly strict: boolean;
  readonly send: Send;
}

/** Node's codes for a request that never left. */
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS.*|.*_CERT.*)$/;

/** Makes the target. */
export function fetchTarget(options: FetchTargetOptions, rt: Runtime): Target {
  return {
    name: options.name,
    platform: options.platform,
    account: options.account,
    weight: options.weight,
    region: options.region,
    contextWindow: (model) =>
      options.contextWindow ?? findModel(options.modelName(model))?.contextWindow ?? Number.POSITIVE_INFINITY,
    modelName: options.modelName,
    async send(x: Exchange): Promise<Outcome> {
      const name = x.look.model === undefined ? undefined : options.modelName(x.look.model);
      const rewritten = name !== undefined && name !== x.look.model && x.body !== null && x.look.modelSpans.length > 0;
      const body = rewritten ? spliceModel(x.body, x.look, name) : x.body;
      const controller = new AbortController();
      let leave = () => {};
      const left = new Promise<undefined>((resolve) => {
        leave = () => resolve(undefined);
      });
      const stop = x.signal.onAbort((reason) => {
        controller.abort(new DOMException(reason, "AbortError"));
        leave();
      });
      let response: Response | undefined;
      try {
        const { signal } = controller;
        // Followed, a redirect could carry a key to another place.
        const init = { method: x.method, headers: headersFor(x, options), body, signal, redirect: "manual" } as const;
        const coming = Promise.resolve(options.send(options.base + x.path, init, x));
        response = await Promise.race([coming, left]);
        // Not every fetch hears a signal: nobody waits for one that does not, and what it brings is dropped.
        if (response === undefined && x.signal.aborted) {
          coming.then((late) => late.body?.cancel()).catch(() => {});
          return lost(x.signal.reason, x, this);
        }
        if (response === undefined) throw new TypeError("the given fetch answered without a Response");
      } catch (e) {
        stop();
        return lost(e, x, this);
      }
      // A Response that stands for an error or a hidden redirect has the status 0, and none can be made of what lies outside.
      if (!(response.status >= 200 && response.status <= 599)) {
        stop();
        const reason = `a response of type ${response.type} with the status ${response.status}`;
        return failure("bad_response", { upstream: options.name, reason }, { target: this });
      }
      const source = new BodySource(response.body, () => controller.abort(), stop);
      return judge(
        x,
        { status: response.status, headers: headersOf(response), source },
        { target: this, rewritten, strict: options.strict, wall: rt.clock.wall() },
      );
    },
  };
}

function headersFor(x: Exchange, options: FetchTargetOptions): Headers {
  const headers = new Headers();
  for (let i = 0; i < x.headers.length; i += 2) {
    const name = x.headers[i] as string;
    if (HOP_BY_HOP.has(name)) continue;
    if (options.ownCredential && (name === "x-api-key" || name === "authorization")) continue;
    headers.append(name, x.headers[i + 1] as string);
  }
  for (const [name, value] of options.headers) headers.set(name, value);
  return headers;
}

/** The response's headers; what was said of an encoding that fetch has undone already is left out. */
function headersOf(response: Response): string[] {
  const encoded = response.headers.has("content-encoding");
  const list: string[] = [];
  for (const [name, value] of response.headers) {
    if (encoded && (name === "content-encoding" || name === "content-length")) continue;
    list.push(name, value);
  }
  return list;
}

function lost(e: unknown, x: Exchange, target: Target): Outcome {
  const fill = { upstream: target.name, reason: reasonOf(e), ms: 0 };
  if (x.signal.aborted) return failure("client_gone", {}, { target });
  const name = (e as { name?: unknown } | null)?.name;
  // Somebody between here and the wire gave up waiting: the SDK's own time-out below a middleware.
  if (name === "AbortError" || name === "TimeoutError") {
    return failure("cut_early", fill, { target, verdict: "too-slow" });
  }
  const unsent = UNSENT.test(codeOf(e) ?? "");
  const code: Code = unsent ? "unreachable" : "cut_early";
  return failure(code, fill, { target, unsent });
}

function codeOf(e: unknown): string | undefined {
  for (let at = e, depth = 0; typeof at === "object" && at !== null && depth < 5; depth++) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: readonly unknown[] };
    if (typeof code === "string") return code;
    at = cause ?? errors?.[0];
  }
  return undefined;
}

function reasonOf(e: unknown): string {
  const words: string[] = [];
  for (let at = e, depth = 0; at instanceof Error && depth < 5; depth++) {
    if (at.message !== "") words.push(at.message);
    at = at.cause;
  }
  const code = codeOf(e);
  const text = words.length === 0 ? String(e) : words.join(": ");
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}

/** A web stream as a source: one read at a time, none while paused. */
class BodySource implements Source {
  readonly #body: ReadableStream<Uint8Array> | null;
  readonly #abort: () => void;
  readonly #done: () => void;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #paused = false;
  #wake: (() => void) | undefined;
  #over = false;

  /** @param done called once nothing more will come */
  constructor(body: ReadableStream<Uint8Array> | null, abort: () => void, done: () => void) {
    this.#body = body;
    this.#abort = abort;
    this.#done = done;
  }

  start(sink: SourceSink): void {
    void this.#pump(sink);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#done();
    this.resume();
    const stopped = this.#reader === undefined ? this.#body?.cancel() : this.#reader.cancel();
    stopped?.catch(() => {});
    this.#abort();
  }

  async #pump(sink: SourceSink): Promise<void> {
    if (this.#body !== null && !this.#over) {
      try {
        this.#reader = this.#body.getReader();
        for (;;) {
          if (this.#paused) {
            await new Promise<void>((resolve) => {
              this.#wake = resolve;
            });
          }
          const { done, value } = await this.#reader.read();
          if (this.#over) return;
          if (done) break;
          if (value.length > 0) sink.data(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
          if (this.#over) return;
        }
      } catch (e) {
        if (this.#over) return;
        this.#over = true;
        this.#done();
        sink.fail(reasonOf(e));
        return;
      }
    }
    if (this.#over) return;
    this.#over = true;
    this.#done();
    sink.end();
  }
}
