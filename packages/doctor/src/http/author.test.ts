// Tests of who wrote an answer: one row for each author, and numbers that do not decide.

import { expect, test } from "vitest";
import type { Author } from "../facts/http.ts";
import { authorOf } from "./author.ts";

type Row = readonly [
  about: string,
  author: Author,
  by: string | undefined,
  status: number,
  headers: { [name: string]: string },
  text: string,
];

const envelope = (type: string, more: object = {}) =>
  JSON.stringify({ type: "error", error: { type, message: "m", ...more }, request_id: "req_1" });
const html = (title: string, body: string) =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body>${body}</body></html>`;
const HTML = { "content-type": "text/html" };

const ROWS: readonly Row[] = [
  ["the API's envelope", "anthropic-api", undefined, 401, { "request-id": "req_1" }, envelope("authentication_error")],
  [
    "the API, permission",
    "anthropic-api",
    undefined,
    403,
    { server: "cloudflare", "cf-ray": "1-SJC" },
    envelope("permission_error"),
  ],
  ["a success of the API", "anthropic-api", undefined, 200, { "request-id": "req_2" }, '{"input_tokens":8}'],
  [
    "region",
    "anthropic-edge",
    "Anthropic",
    403,
    { server: "cloudflare" },
    '{"error":{"type":"forbidden","message":"Request not allowed"}}',
  ],
  [
    "too large at the edge",
    "anthropic-edge",
    "Cloudflare",
    413,
    { server: "cloudflare" },
    '{"type":"error","error":{"type":"request_too_large","message":"m"}}',
  ],
  [
    "Envoy inside the service",
    "anthropic-edge",
    "Envoy",
    503,
    { "cf-ray": "1-SJC" },
    "upstream connect error or disconnect/reset before headers",
  ],
  ["Envoy of somebody else", "gateway", "Envoy", 503, { server: "envoy" }, "no healthy upstream"],
  [
    "challenge",
    "cloudflare",
    "Cloudflare",
    403,
    { ...HTML, server: "cloudflare", "cf-mitigated": "challenge" },
    html("Just a moment...", ""),
  ],
  [
    "firewall rule",
    "cloudflare",
    "Cloudflare",
    403,
    { ...HTML, server: "cloudflare" },
    html("Attention Required! | Cloudflare", ""),
  ],
  ["origin down", "cloudflare", "Cloudflare", 521, { server: "cloudflare", "cf-ray": "1-SJC" }, "error code: 521"],
  [
    "a web site behind Cloudflare",
    "web-server",
    "Cloudflare",
    404,
    { ...HTML, server: "cloudflare" },
    html("Sign up", "hello"),
  ],
  [
    "AWS by its headers",
    "aws",
    "AWS",
    403,
    { "x-amzn-requestid": "1", "x-amzn-errortype": "AccessDeniedException:http://x" },
    '{"message":"no"}',
  ],
  [
    "Google by its status",
    "google",
    "Google",
    429,
    {},
    '{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}',
  ],
  [
    "Google, wrapped in an array",
    "google",
    "Google",
    403,
    {},
    '[{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}]',
  ],
  [
    "Azure's own gateway",
    "azure",
    "Azure",
    401,
    { "apim-request-id": "1" },
    '{"error":{"code":"401","message":"Access denied due to invalid subscription key"}}',
  ],
  [
    "Claude on Azure",
    "anthropic-api",
    undefined,
    401,
    { "apim-request-id": "1", "request-id": "req_1" },
    envelope("authentication_error"),
  ],
  [
    "our gateway",
    "fairlead",
    "Fairlead",
    401,
    { "fairlead-request-id": "f1" },
    envelope("authentication_error", { details: { error_code: "fairlead_key_unknown" } }),
  ],
  [
    "Squid by its header",
    "proxy",
    "Squid",
    403,
    { ...HTML, "x-squid-error": "ERR_ACCESS_DENIED 0" },
    html("ERROR", "x"),
  ],
  ["Zscaler by its page", "proxy", "Zscaler", 403, HTML, html("Internet Security by Zscaler", "x")],
  ["a filter without a name", "proxy", undefined, 200, HTML, html("Notice", "Access to this site has been blocked")],
  ["a Chinese filter", "proxy", undefined, 200, HTML, html("提示", "该网页已被拦截")],
  ["a sandbox", "proxy", "sandbox", 403, { "x-deny-reason": "host_not_allowed" }, "no"],
  [
    "a portal with a form",
    "captive-portal",
    undefined,
    200,
    { ...HTML, server: "nginx" },
    html("Welcome to the guest network", "<form>Log in to continue</form>"),
  ],
  ["a portal by redirect", "captive-portal", undefined, 302, { location: "http://portal.hotel.example/login" }, ""],
  [
    "nginx",
    "web-server",
    "nginx",
    502,
    { ...HTML, server: "nginx" },
    html("502 Bad Gateway", "<center>nginx</center>"),
  ],
  [
    "a web site's form is no portal",
    "web-server",
    undefined,
    404,
    HTML,
    html("Not found", "<form action=/search></form>"),
  ],
  ["FastAPI", "gateway", "uvicorn", 404, { server: "uvicorn" }, '{"detail":"Not Found"}'],
  ["OpenAI's shape", "gateway", undefined, 401, {}, '{"error":{"message":"bad key","type":"auth_error"}}'],
  [
    "an envelope without the API's id",
    "gateway",
    undefined,
    400,
    {},
    '{"type":"error","error":{"type":"invalid_request_error","message":"m"}}',
  ],
  ["nobody known", "unknown", undefined, 404, {}, "not found"],
];

test.each(ROWS)("%s", (_about, author, by, status, headers, text) => {
  const identity = authorOf({ status, headers: Object.entries(headers), text });
  expect([identity.author, identity.by]).toEqual([author, by]);
});

test("six 403 have six authors, and the same words with another number the same one", () => {
  const rows = ROWS.filter(([, , , status]) => status === 403);
  expect(new Set(rows.map(([, author]) => author)).size).toBeGreaterThanOrEqual(5);
  for (const [, author, , , headers, text] of rows)
    expect(authorOf({ status: 418, headers: Object.entries(headers), text }).author).toBe(author);
});

test("request ids come from the header, the body, or the cloud", () => {
  expect(authorOf({ status: 401, headers: [], text: envelope("x") }).requestId).toBe("req_1");
  expect(authorOf({ status: 403, headers: [["x-amzn-RequestId", "a"]], text: "" }).requestId).toBe("a");
});
