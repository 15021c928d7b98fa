// Turns what came over the wire into facts: who answered and what, with its body decoded, cut and masked.

import { brotliDecompressSync, constants, gunzipSync, inflateSync } from "node:zlib";
import type { Exchanged } from "../facts/http.ts";
import { oneLine } from "../output/plain-text.ts";
import type { Secret } from "../secret.ts";
import type { Answered } from "../wire/http.ts";
import type { Broken } from "../wire/tcp.ts";
import { authorOf } from "./author.ts";
import { masked } from "./masked.ts";

/** What was asked, as far as the facts tell it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** Host and port. */
  readonly host: string;
  /** Values that must not come back in the facts when the far end echoes them. */
  readonly secrets?: readonly Secret[];
  /** Wall time when the head of the answer came, Unix milliseconds. */
  readonly wallMs?: number;
}

/** Longest message and body that facts keep, characters. */
const KEEP = 300;

const HEADERS_KEPT =
  /^(?:server|via|cf-ray|cf-mitigated|x-squid-error|retry-after|retry-after-ms|anthropic-(?:ratelimit|priority|fast)-.+|anthropic-organization-id|x-deny-reason|x-should-retry|location|date|www-authenticate|proxy-authenticate|x-cache|x-amzn-errortype|fairlead-.+|x-litellm-.+|x-envoy-.+|x-powered-by|allow)$/i;

/** No answer came: where it broke and why. `at` comes from the way that was gone, else it is `http`. */
export function unanswered(asked: Asked, broken: Broken & { readonly at?: Exchanged["at"] }): Exchanged {
  return {
    method: asked.method,
    path: asked.path,
    host: asked.host,
    ok: false,
    ms: Math.round(broken.ms),
    at: broken.at ?? "http",
    error: broken.error,
    author: "unknown",
    headers: [],
  };
}

/** An answer came. */
export function exchangedOf(asked: Asked, answered: Answered): Exchanged {
  const { status, headers } = answered;
  const get = (name: string) => headers.find(([one]) => one.toLowerCase() === name)?.[1];
  const encoding = get("content-encoding")?.trim().toLowerCase();
  const body = decoded(answered.body, encoding);
  const clean = (text: string) => oneLine(masked(text, asked.secrets));
  const text = body.text;
  const { author, by, error, requestId } = authorOf({ status, headers, text });
  const kind = kindOf(text, body.binary, error.dialect);
  return {
    method: asked.method,
    path: asked.path,
    host: asked.host,
    ok: status >= 200 && status < 300 && answered.cut === undefined,
    ms: Math.round(answered.endMs),
    status,
    author,
    bodyKind: kind,
    bodyBytes: answered.body.length,
    headers: headers
      .filter(([name]) => HEADERS_KEPT.test(name))
      .map(([name, value]) => [name.toLowerCase(), clean(value).slice(0, KEEP)] as const),
    by: by,
    cut: answered.cut,
    wallMs: asked.wallMs,
    errorType: status >= 400 && error.type !== undefined ? clean(error.type).slice(0, 100) : undefined,
    errorMessage: status >= 400 && error.message !== undefined ? clean(error.message).slice(0, KEEP) : undefined,
    errorCode: status >= 400 && error.code !== undefined ? clean(error.code).slice(0, 100) : undefined,
    pageTitle: error.dialect === "html" && error.message !== undefined ? clean(error.message).slice(0, 100) : undefined,
    requestId: requestId === undefined ? undefined : clean(requestId).slice(0, 80),
    contentType: get("content-type")?.slice(0, 100),
    contentEncoding: encoding,
    encodingBelied: body.belied ? true : undefined,
    bodyStart: text === "" || body.binary ? undefined : clean(text.slice(0, 2_000)).slice(0, KEEP),
  };
}

interface Decoded {
  readonly text: string;
  readonly belied: boolean;
  readonly binary: boolean;
}

/** The body as text. `belied`: its first bytes are not what its header says. */
function decoded(body: Buffer, encoding: string | undefined): Decoded {
  const magic = magicOf(body);
  const named = encoding === undefined || encoding === "identity" || encoding === "" ? undefined : encoding;
  if (body.length === 0) return { text: "", belied: false, binary: false };
  if (named === undefined) {
    const belied = magic === "gzip" || magic === "zstd";
    return { ...readable(magic === "gzip" ? (unpacked(body, "gzip") ?? body) : body), belied };
  }
  // zstd came to Node's zlib in 22.15; its magic is enough to tell whether it is one.
  if (named === "zstd") return { text: "", belied: magic !== "zstd", binary: true };
  const plain = unpacked(body, named === "x-gzip" ? "gzip" : named);
  if (plain !== undefined) return { ...readable(plain), belied: false };
  const known = named === "gzip" || named === "x-gzip" || named === "deflate" || named === "br";
  return { ...readable(magic === "gzip" ? (unpacked(body, "gzip") ?? body) : body), belied: known };
}

function magicOf(body: Buffer): "gzip" | "zstd" | undefined {
  if (body[0] === 0x1f && body[1] === 0x8b) return "gzip";
  return body.length >= 4 && body.readUInt32LE(0) === 0xfd2fb528 ? "zstd" : undefined;
}

function unpacked(body: Buffer, encoding: string): Buffer | undefined {
  // What is kept of a body may be its beginning only: an end that is missing is no fault of the encoding.
  const lenient = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 4 << 20 };
  try {
    if (encoding === "gzip") return gunzipSync(body, lenient);
    if (encoding === "deflate") return inflateSync(body, lenient);
    if (encoding === "br")
      return brotliDecompressSync(body, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: 4 << 20 });
  } catch {
    return undefined;
  }
  return undefined;
}

function readable(body: Buffer): { text: string; binary: boolean } {
  const text = body.toString("utf8");
  let odd = 0;
  for (const character of text.slice(0, 300))
    if (character === "\ufffd" || (character < " " && !/\s/.test(character))) odd++;
  return { text, binary: odd > 8 };
}

function kindOf(text: string, binary: boolean, dialect: string): Exchanged["bodyKind"] {
  if (binary) return "binary";
  const start = text.trimStart();
  if (start === "") return "empty";
  if (dialect === "html") return "html";
  return start.startsWith("{") || start.startsWith("[") ? "json" : "text";
}
