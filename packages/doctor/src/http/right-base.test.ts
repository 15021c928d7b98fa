// Tests of which base URLs are tried in place of one that does not answer as Claude's API does.

import { expect, test } from "vitest";
import { candidates, mayBeWrongPath } from "./right-base.ts";

test.each([
  ["", "/api"],
  ["", "/anthropic"],
  ["/v1", ""],
  ["/v1/messages", ""],
  ["/api/v1", "/api"],
  ["/claude/v1/messages", "/claude"],
  ["/api/api", "/api"],
  ["/wrong", ""],
])("for %j there is %j", (set, tried) => {
  expect(candidates(set)).toContain(tried);
  expect(candidates(set)).not.toContain(set);
});

test("what is cut off is tried first, and nothing twice", () => {
  expect(candidates("/v1")[0]).toBe("");
  const all = candidates("/api/v1");
  expect(new Set(all).size).toBe(all.length);
});

test("a refusal by somebody on the way is no matter of the path", () => {
  const one = {
    method: "POST",
    path: "/v1/messages",
    ok: false,
    ms: 1,
    status: 404,
    headers: [],
    bodyKind: "html",
  } as const;
  expect(mayBeWrongPath({ ...one, author: "web-server" })).toBe(true);
  for (const author of ["cloudflare", "proxy", "captive-portal", "anthropic-api"] as const)
    expect(mayBeWrongPath({ ...one, author })).toBe(false);
});
