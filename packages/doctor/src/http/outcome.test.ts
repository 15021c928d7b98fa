// Tests of what an answer says about the credential that went with it.

import { expect, test } from "vitest";
import type { Exchanged } from "../facts/http.ts";
import { credentialOutcome } from "./outcome.ts";

const BASE = { method: "GET", path: "/v1/models", ok: false, ms: 1, headers: [] } as const;

const ROWS: readonly (readonly [string, "accepted" | "rejected" | "unclear", Partial<Exchanged>])[] = [
  ["a list", "accepted", { status: 200, author: "anthropic-api" }],
  ["401 of the API", "rejected", { status: 401, author: "anthropic-api", errorType: "authentication_error" }],
  [
    "a disabled organisation",
    "rejected",
    { status: 400, author: "anthropic-api", errorMessage: "This organization has been disabled." },
  ],
  ["a limit: the key is known", "accepted", { status: 429, author: "anthropic-api", errorType: "rate_limit_error" }],
  [
    "no permission: the key is known",
    "accepted",
    { status: 403, author: "anthropic-api", errorType: "permission_error" },
  ],
  ["the edge says nothing about keys", "unclear", { status: 403, author: "anthropic-edge", errorType: "forbidden" }],
  ["nor does a proxy, whatever its number", "unclear", { status: 401, author: "proxy" }],
  ["nor a page", "unclear", { status: 401, author: "web-server", bodyKind: "html" }],
  ["nor a broken gateway", "unclear", { status: 502, author: "gateway" }],
  ["nor silence", "unclear", { author: "unknown", error: "TIMEOUT" }],
  ["401 of some gateway", "rejected", { status: 401, author: "gateway" }],
  ["a gateway without that path", "unclear", { status: 404, author: "gateway" }],
  [
    "AWS does not know the caller",
    "rejected",
    { status: 403, author: "aws", errorType: "UnrecognizedClientException" },
  ],
  [
    "AWS knows the caller and its policy says no",
    "accepted",
    { status: 403, author: "aws", errorType: "AccessDeniedException", errorMessage: "not authorized to perform" },
  ],
  ["AWS refuses the clock", "rejected", { status: 403, author: "aws", errorType: "InvalidSignatureException" }],
  ["Google does not know the caller", "rejected", { status: 401, author: "google", errorType: "UNAUTHENTICATED" }],
  ["Google's quota", "accepted", { status: 429, author: "google", errorType: "RESOURCE_EXHAUSTED" }],
];

test.each(ROWS)("%s", (_about, outcome, one) => {
  expect(credentialOutcome({ ...BASE, author: "unknown", ...one })).toBe(outcome);
});
