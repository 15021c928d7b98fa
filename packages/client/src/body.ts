// Request bodies of every kind that fetch takes, as bytes: a body that is here whole can be sent again.

/** A body's bytes, and the content type that it brings along when the caller set none. */
export interface Body {
  readonly bytes: Buffer | null;
  readonly type: string | undefined;
}

/** What `init.body` may be; Node streams and other async iterables are read too, as some SDKs send them. */
export type BodySource =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | URLSearchParams
  | FormData
  | ReadableStream<Uint8Array>
  | AsyncIterable<unknown>
  | null
  | undefined;

/**
 * Reads a body. Throws a TypeError for one that is longer than `limit` bytes or of no kind that fetch takes, and what
 * the body itself throws while it is read.
 */
export async function readBody(source: BodySource, limit: number, signal: AbortSignal | undefined): Promise<Body> {
  if (source === null || source === undefined) return { bytes: null, type: undefined };
  if (typeof source === "string") return bounded(Buffer.from(source), "text/plain;charset=UTF-8", limit);
  // Copies: the caller may write into its array while we may yet have to send it again.
  if (source instanceof ArrayBuffer) return bounded(Buffer.from(new Uint8Array(source)), undefined, limit);
  if (ArrayBuffer.isView(source)) {
    const view = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return bounded(Buffer.from(view), undefined, limit);
  }
  if (source instanceof URLSearchParams) {
    return bounded(Buffer.from(source.toString()), "application/x-www-form-urlencoded;charset=UTF-8", limit);
  }
  if (source instanceof Blob || source instanceof FormData) {
    if (source instanceof Blob && source.size > limit) throw tooLong(limit);
    // The platform writes the multipart form, its boundary included.
    const made = new Response(source);
    const type = made.headers.get("content-type") ?? undefined;
    return bounded(Buffer.from(await made.arrayBuffer()), type, limit);
  }
  if (Symbol.asyncIterator in source) return { bytes: await readAll(source, limit, signal), type: undefined };
  throw new TypeError(`fetch failed: a body of type ${Object.prototype.toString.call(source)} cannot be sent`);
}

async function readAll(
  source: AsyncIterable<unknown>,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  const iterator = source[Symbol.asyncIterator]();
  const stop = () => void Promise.resolve(iterator.return?.()).catch(() => {});
  let left = () => {};
  // What is asked to end answers only after what it was asked before: who leaves does not wait for that.
  const gone = new Promise<{ readonly done: true; readonly value: undefined }>((resolve) => {
    left = () => {
      stop();
      resolve({ done: true, value: undefined });
    };
  });
  signal?.addEventListener("abort", left, { once: true });
  try {
    for (;;) {
      const { done, value } = await (signal === undefined ? iterator.next() : Promise.race([iterator.next(), gone]));
      if (done === true || signal?.aborted === true) break;
      const piece = pieceOf(value);
      pieces.push(piece);
      size += piece.length;
      if (size > limit) {
        stop();
        throw tooLong(limit);
      }
    }
  } finally {
    signal?.removeEventListener("abort", left);
  }
  return Buffer.concat(pieces, size);
}

function pieceOf(value: unknown): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  throw new TypeError("fetch failed: a body stream must bring bytes");
}

function bounded(bytes: Buffer, type: string | undefined, limit: number): Body {
  if (bytes.length > limit) throw tooLong(limit);
  return { bytes, type };
}

function tooLong(limit: number): TypeError {
  return new TypeError(`fetch failed: the request body is longer than ${limit} bytes (option maxBody)`);
}
