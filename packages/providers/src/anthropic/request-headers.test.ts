// Tests of what of a request's headers travels to an upstream.

import { expect, test } from "vitest";
import { requestHeaders } from "./request-headers.ts";

const CREDENTIAL = "x-api-key: sk-up\r\n";

test("headers travel in their order and case, less those of the hop and the caller's credentials", () => {
  const raw = [
    "Host",
    "h",
    "X-Api-Key",
    "fl-1",
    "X-Mine",
    "a",
    "Connection",
    "close",
    "x-mine",
    "b",
    "anthropic-beta",
    "c",
  ];
  expect(requestHeaders(raw, CREDENTIAL, false)).toBe(`X-Mine: a\r\nx-mine: b\r\nanthropic-beta: c\r\n${CREDENTIAL}`);
  expect(requestHeaders(raw, undefined, false)).toBe(
    "X-Api-Key: fl-1\r\nX-Mine: a\r\nx-mine: b\r\nanthropic-beta: c\r\n",
  );
});

test.each([
  ["an upstream's own cookie", "__cf_bm=abc; other=1", "__cf_bm=abc; other=1"],
  ["a session of the admin side", "fairlead=s3cret", undefined],
  ["one over https", "__Host-fairlead=s3cret; __cf_bm=abc", "__cf_bm=abc"],
  ["a sign-in under way, between others", "a=1;fairlead-sign-in=x ; b=2", "a=1; b=2"],
  ["a name that only looks like it", "fairlead2=1; my-fairlead=2", "fairlead2=1; my-fairlead=2"],
  ["bytes that are left as they are", "a=1;b=2;;c", "a=1;b=2;;c"],
])("cookies: %s", (_name, cookie, travels) => {
  const lines = requestHeaders(["Cookie", cookie], CREDENTIAL, false);
  expect(lines).toBe(`${travels === undefined ? "" : `Cookie: ${travels}\r\n`}${CREDENTIAL}`);
});
