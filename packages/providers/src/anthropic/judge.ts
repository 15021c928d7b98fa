// The judge: a wire answer's head and error body become an Outcome. The only place that reads a status code.

import {
  type Exchange,
  type Failure,
  Flow,
  failure,
  type Gleaner,
  type Outcome,
  type Reader,
  type Source,
  type Target,
  type Verdict,
} from "@fairlead/engine";
import { isContextTooLong, isSpendLimit, rawGet, readError, retryAfterMs } from "@fairlead/protocol";
import type { Signal } from "@fairlead/runtime";
import { BatchResults, batchOfResults } from "./batch-results.ts";
import { ClaudeReader } from "./claude-reader.ts";
import { JsonReader } from "./json-reader.ts";
import { OpenAiReader } from "./openai-reader.ts";
import { packedGleaner } from "./packed-gleaner.ts";

/** A response head off the wire, and the source of its body. */
export interface WireHead {
  readonly status: number;
  readonly headers: readonly string[];
  readonly source: Source;
}

/** What the judge must know besides the response. */
export interface Judging {
  readonly target: Target;
  readonly rewritten: boolean;
  /** Check every event of a stream fully, because the answer is held until it is whole. */
  readonly strict: boolean;
  /** Wall time, milliseconds, for a Retry-After that is a date. */
  readonly wall: number;
}

/** Error bodies are kept up to this size, bytes. The largest seen are HTML pages of some 10 KB. */
const MAX_ERROR_BODY = 1_048_576;

/**
 * Codes of a 403 or 404 that blame what the request names (a thread, a file, a profile, an address to fetch), not the
 * account's right to the model. Source: the API's own error codes (platform.claude.com, "Errors").
 */
const OF_THE_REQUEST = /^(?:thread_|file_|user_profile_|sandbox_)/;

/** Judges a response. Resolves for an error once its body is here. Never rejects. */
export async function judge(x: Exchange, head: WireHead, how: Judging): Promise<Outcome> {
  const { status, headers, source } = head;
  if (status >= 200 && status < 300) {
    const reader = readerFor(x, headers, how);
    if (reader === "foreign") {
      source.cancel();
      const got = `${status} ${rawGet(headers, "content-type") ?? "without a content type"}`;
      return failure("not_the_api", { upstream: how.target.name, got }, { target: how.target });
    }
    const flow = new Flow(source, reader, reader === undefined ? gleanerFor(x, headers) : undefined);
    return { ok: true, status, headers, flow, target: how.target, rewritten: how.rewritten };
  }
  const body = await collect(source, MAX_ERROR_BODY, x.signal);
  const refused = refusal(status, headers, body, how);
  // Without a model in the request, what is missing is the file, batch or model that its path names.
  if (refused.verdict === "model-missing" && x.look.model === undefined) return { ...refused, verdict: "caller-fault" };
  return refused;
}

function readerFor(x: Exchange, headers: readonly string[], how: Judging): Reader | undefined | "foreign" {
  if (x.look.dialect === "plain" || x.method === "HEAD") return undefined;
  const encoding = rawGet(headers, "content-encoding");
  // Compressed bytes cannot be read on their way; they pass as they are.
  if (encoding !== undefined && encoding !== "identity") return undefined;
  const type = (rawGet(headers, "content-type") ?? "").toLowerCase();
  if (type.startsWith("text/event-stream")) {
    return x.look.dialect === "openai" ? new OpenAiReader() : new ClaudeReader(how.target.name, how.strict);
  }
  if (type.startsWith("text/html")) return "foreign";
  if (type.startsWith("application/json") || type.includes("+json") || type === "")
    return new JsonReader(how.target.name);
  return undefined;
}

/** Who reads along where bytes pass unread. */
function gleanerFor(x: Exchange, headers: readonly string[]): Gleaner | undefined {
  if (x.method === "HEAD") return undefined;
  const batch = batchOfResults(x.path);
  const results = batch === undefined ? undefined : new BatchResults(batch);
  const encoding = rawGet(headers, "content-encoding");
  if (encoding === undefined || encoding === "identity") return results;
  const { dialect } = x.look;
  if (dialect === "plain" && results === undefined) return undefined;
  const streamed = (rawGet(headers, "content-type") ?? "").toLowerCase().startsWith("text/event-stream");
  const streamReader = () => (dialect === "openai" ? new OpenAiReader() : new ClaudeReader("", false));
  return packedGleaner(encoding, streamed ? streamReader : () => new JsonReader(""), results);
}

/** An error response as a Failure: its verdict, and the response itself to be passed on unchanged. */
export function refusal(status: number, headers: readonly string[], body: Buffer, how: Judging): Failure {
  const get = (name: string) => rawGet(headers, name);
  const told = readError(body);
  const message = told.message ?? `the upstream answered ${status}`;
  const verdict = verdictOf(status, told.type, told.code, message, told.dialect);
  const again = get("x-should-retry");
  return {
    ok: false,
    verdict,
    code: undefined,
    message,
    target: how.target,
    response: { status, headers, body },
    held: undefined,
    type: told.type ?? "",
    retryAfterMs: retryAfterMs(get, how.wall),
    again: again === "true" ? true : again === "false" ? false : undefined,
    unsent: false,
    local: false,
  };
}

function verdictOf(
  status: number,
  type: string | undefined,
  code: string | undefined,
  message: string,
  dialect: string,
): Verdict {
  const error = { status, message, ...(type === undefined ? {} : { type }), ...(code === undefined ? {} : { code }) };
  if (isSpendLimit(error)) return "spend-capped";
  if (dialect === "html" && status >= 300) return status === 413 ? "caller-fault" : "upstream-fault";
  switch (status) {
    case 400:
    case 422:
      return isContextTooLong(error) ? "too-long" : "caller-fault";
    case 401:
      return "unauthorized";
    case 402:
      return "spend-capped";
    case 403:
      if (dialect === "edge-forbidden") return "region-refused";
      return code !== undefined && OF_THE_REQUEST.test(code) ? "caller-fault" : "model-missing";
    case 404:
      return code !== undefined && OF_THE_REQUEST.test(code) ? "caller-fault" : "model-missing";
    case 408:
    case 504:
      return "timed-out";
    case 409:
      return "conflict";
    case 429:
      return "rate-limited";
    case 529:
      return "overloaded";
    default:
      if (status >= 500) return type === "overloaded_error" ? "overloaded" : "upstream-fault";
      return status >= 400 ? "caller-fault" : "upstream-fault";
  }
}

/** All bytes of a source up to a limit; what was there when it broke or was called off, if that happens. */
export function collect(source: Source, limit: number, signal: Signal): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const stop = signal.onAbort(() => {
      source.cancel();
      resolve(Buffer.concat(pieces));
    });
    const done = () => {
      stop();
      resolve(Buffer.concat(pieces));
    };
    source.start({
      data(chunk) {
        pieces.push(chunk);
        size += chunk.length;
        if (size > limit) {
          source.cancel();
          done();
        }
      },
      end: done,
      fail: done,
    });
  });
}
