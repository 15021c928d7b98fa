// Error bodies in every dialect that the reference shows.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { awsErrorType, readError } from "./error-body.ts";

describe("readError", () => {
  test.each<[string, string, object]>([
    [
      "the API, in a stream of 2026",
      '{"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}',
      { dialect: "anthropic", type: "overloaded_error", message: "Overloaded", requestId: "req_1" },
    ],
    [
      "the API, before 2026",
      '{"type":"error","error":{"type":"api_error","message":"m"}}',
      { dialect: "anthropic", type: "api_error", message: "m" },
    ],
    [
      "a code",
      '{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}',
      { dialect: "anthropic", type: "rate_limit_error", message: "m", code: "enforced_spend_limit_reached" },
    ],
    [
      "the edge",
      '{"error":{"type":"forbidden","message":"Request not allowed"}}',
      { dialect: "edge-forbidden", type: "forbidden", message: "Request not allowed" },
    ],
    [
      "no edge: it has a request id",
      '{"error":{"type":"forbidden","message":"m"},"request_id":"r"}',
      { dialect: "openai", type: "forbidden", message: "m", requestId: "r" },
    ],
    [
      "OpenAI",
      '{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"model_not_found"}}',
      { dialect: "openai", type: "invalid_request_error", message: "m", code: "model_not_found" },
    ],
    [
      "Google in an array",
      '[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},{"reason":"RATE_LIMIT_EXCEEDED"}]}}]',
      { dialect: "google", type: "RESOURCE_EXHAUSTED", message: "Quota exceeded", code: "RATE_LIMIT_EXCEEDED" },
    ],
    ["AWS", '{"message":"Too many requests"}', { dialect: "aws", message: "Too many requests" }],
    [
      "AWS with a type",
      '{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}',
      { dialect: "aws", type: "AccessDeniedException", message: "no" },
    ],
    [
      "a page",
      "\n<!DOCTYPE html><html><title>502 Bad\n Gateway</title>",
      { dialect: "html", message: "502 Bad Gateway" },
    ],
    ["a page without a title", "<html><body>x", { dialect: "html" }],
    ["text", "upstream connect error", { dialect: "unknown", message: "upstream connect error" }],
    ["nothing", "", { dialect: "unknown" }],
    ["a proxy's own JSON", '{"error":"bad gateway"}', { dialect: "unknown", message: "bad gateway" }],
    ["a framework's", '{"detail":"Not Found"}', { dialect: "unknown", message: "Not Found" }],
    ["cut JSON", '{"type":"error","err', { dialect: "unknown", message: '{"type":"error","err' }],
    ["a scalar", "null", { dialect: "unknown", message: "null" }],
    ["an empty array", "[]", { dialect: "unknown", message: "[]" }],
  ])("%s", (_, body, expected) => {
    expect(readError(body)).toEqual(expected);
    expect(readError(Buffer.from(body))).toEqual(expected);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          fc.anything().map((value) => JSON.stringify({ error: value }) ?? ""),
        ),
        (body) => {
          expect(typeof readError(body).dialect).toBe("string");
        },
      ),
    );
  });
});

test("awsErrorType strips namespace and address", () => {
  expect(awsErrorType("ThrottlingException:http://internal.amazon.com/coral/")).toBe("ThrottlingException");
  expect(awsErrorType("com.amazon#ValidationException")).toBe("ValidationException");
  expect(awsErrorType("X")).toBe("X");
});
