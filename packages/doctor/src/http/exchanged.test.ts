// Tests of answers made facts: decoding, belied encodings, masks, cuts.

import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Secret } from "../secret.ts";
import { exchangedOf, unanswered } from "./exchanged.ts";

const ASKED = { method: "POST", path: "/v1/messages", host: "api.anthropic.com:443" };
const BODY = JSON.stringify({ type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } });

function answered(body: Buffer | string, headers: readonly (readonly [string, string])[] = [], status = 401) {
  return { status, headers, body: Buffer.from(body), headersMs: 10, endMs: 12, cut: undefined };
}

test.each([
  ["gzip", gzipSync(BODY)],
  ["br", brotliCompressSync(BODY)],
  ["identity", Buffer.from(BODY)],
])("a %s body is read", (encoding, body) => {
  const seen = exchangedOf(ASKED, answered(body, [["Content-Encoding", encoding]]));
  expect(seen).toMatchObject({
    errorType: "authentication_error",
    errorMessage: "invalid x-api-key",
    bodyKind: "json",
  });
  expect(seen.encodingBelied).toBeUndefined();
});

test("gzip that is none, and gzip that nobody announced, are belied and read all the same", () => {
  const plain = exchangedOf(ASKED, answered(BODY, [["content-encoding", "gzip"]]));
  expect(plain).toMatchObject({ encodingBelied: true, errorType: "authentication_error" });
  const packed = exchangedOf(ASKED, answered(gzipSync(BODY)));
  expect(packed).toMatchObject({ encodingBelied: true, errorType: "authentication_error" });
  const zstd = exchangedOf(ASKED, answered(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2, 3])));
  expect(zstd.encodingBelied).toBe(true);
});

test("a packed body of which only the beginning was kept is not belied", () => {
  const long = gzipSync(JSON.stringify({ words: Array.from({ length: 5000 }, (_, i) => `w${i * 7919}`) }));
  const seen = exchangedOf(ASKED, answered(long.subarray(0, 4000), [["content-encoding", "gzip"]], 200));
  expect(seen.encodingBelied).toBeUndefined();
});

test("an echo of the key is in no fact", () => {
  const key = new Secret("my-gateway-key-0123456789");
  const other = `sk-ant-api03-${"x".repeat(40)}`;
  const text = JSON.stringify({ error: { message: `bad key my-gateway-key-0123456789 or ${other}` } });
  const seen = exchangedOf(
    { ...ASKED, secrets: [key] },
    answered(text, [["server", "echo my-gateway-key-0123456789"]]),
  );
  expect(JSON.stringify(seen)).not.toMatch(/my-gateway-key|x{10}/);
  expect(JSON.stringify(seen)).toContain("(masked)");
});

test("messages and bodies are cut to 300", () => {
  const seen = exchangedOf(ASKED, answered(JSON.stringify({ error: { message: "ab ".repeat(1000) } })));
  expect(seen.errorMessage?.length).toBe(300);
  expect(seen.bodyStart?.length).toBe(300);
});

test("no answer says where it broke", () => {
  const broken = { error: "ECONNRESET", message: "", ms: 3.4, bytesIn: 0 };
  expect(unanswered(ASKED, broken)).toMatchObject({
    ok: false,
    at: "http",
    error: "ECONNRESET",
    ms: 3,
    author: "unknown",
  });
  expect(unanswered(ASKED, { ...broken, at: "tls" as const }).at).toBe("tls");
});

test("a body that broke off is not ok", () => {
  expect(exchangedOf(ASKED, { ...answered("{}", [], 200), cut: "ECONNRESET" }).ok).toBe(false);
  expect(exchangedOf(ASKED, answered("{}", [], 200)).ok).toBe(true);
});
