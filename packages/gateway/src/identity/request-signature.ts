// Signed requests: HMAC-SHA256 over method, path, body digest, time, nonce and key id. The key itself does not travel.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Name of the scheme in the Authorization header. */
export const SIGNATURE_SCHEME = "FL-HMAC-SHA256";

/** What a signed request says in its header. */
export interface RequestSignature {
  /** Id of the key: `k_…`. */
  readonly key: string;
  /** Unix seconds. */
  readonly time: number;
  /** 16 to 64 characters, used once. */
  readonly nonce: string;
  /** SHA-256 of the body, 64 hex digits; of nothing when there is no body. */
  readonly body: string;
  /** HMAC, 64 hex digits. */
  readonly signature: string;
}

const FIELDS: { readonly [name: string]: RegExp } = {
  key: /^k_[0-9A-Za-z]{8,32}$/,
  time: /^[1-9]\d{9,10}$/,
  nonce: /^[0-9A-Za-z_-]{16,64}$/,
  body: /^[0-9a-f]{64}$/,
  signature: /^[0-9a-f]{64}$/,
};

/** Whether an Authorization header is of this scheme. */
export function isSigned(authorization: string): boolean {
  return /^\s*FL-HMAC-SHA256(?:\s|$)/i.test(authorization);
}

/**
 * Reads `FL-HMAC-SHA256 key=k_…, time=…, nonce=…, body=…, signature=…`: each field once, in any order, nothing else. Returns
 * what is wrong as text.
 */
export function readSignature(authorization: string): RequestSignature | string {
  const text = authorization.trim().slice(SIGNATURE_SCHEME.length).trim();
  if (text.length > 512) return "is longer than 512 characters";
  const found = new Map<string, string>();
  for (const piece of text.split(",")) {
    const at = piece.indexOf("=");
    const name = piece.slice(0, Math.max(at, 0)).trim();
    const value = piece.slice(at + 1).trim();
    const form = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (form === undefined) return "must hold key, time, nonce, body and signature, and nothing else";
    if (found.has(name)) return `holds ${name} twice`;
    if (!form.test(value)) return `has a ${name} of the wrong form`;
    found.set(name, value);
  }
  const of = (name: string) => found.get(name) ?? "";
  const missing = Object.keys(FIELDS).find((name) => !found.has(name));
  if (missing !== undefined) return `lacks ${missing}`;
  return { key: of("key"), time: Number(of("time")), nonce: of("nonce"), body: of("body"), signature: of("signature") };
}

/** What is signed: seven lines. `path` is the request target as it is sent, with its query. */
export function canonicalRequest(method: string, path: string, said: Omit<RequestSignature, "signature">): string {
  return ["fairlead-hmac-v1", method, path, said.body, String(said.time), said.nonce, said.key].join("\n");
}

/**
 * The header of a request.
 * @param signingKey hex, from `signingKeyOf(key)`
 */
export function signRequest(
  signingKey: string,
  request: { readonly method: string; readonly path: string; readonly body: Uint8Array },
  said: Pick<RequestSignature, "key" | "time" | "nonce">,
): string {
  const body = createHash("sha256").update(request.body).digest("hex");
  const canonical = canonicalRequest(request.method, request.path, { ...said, body });
  const signature = createHmac("sha256", Buffer.from(signingKey, "hex")).update(canonical).digest("hex");
  return `${SIGNATURE_SCHEME} key=${said.key}, time=${said.time}, nonce=${said.nonce}, body=${body}, signature=${signature}`;
}

/** Whether the signature is that of the request under the key, compared in constant time. */
export function signatureHolds(signingKey: string, method: string, path: string, said: RequestSignature): boolean {
  const canonical = canonicalRequest(method, path, said);
  const wanted = createHmac("sha256", Buffer.from(signingKey, "hex")).update(canonical).digest();
  const given = Buffer.from(said.signature, "hex");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Whether a body is the one that was signed. */
export function bodyHolds(said: RequestSignature, body: Uint8Array | null): boolean {
  const digest = createHash("sha256")
    .update(body ?? "")
    .digest();
  const given = Buffer.from(said.body, "hex");
  return given.length === digest.length && timingSafeEqual(given, digest);
}
