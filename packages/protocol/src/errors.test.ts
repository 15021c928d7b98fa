// The error table and the printed envelope.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readError } from "./error-body.ts";
import { ERRORS, errorBody, sdkRetriesStatus, statusOfType, typeOfStatus } from "./errors.ts";

describe("the table", () => {
  test("pairs status and type as the API does", () => {
    const pairs: [number, string][] = [
      [400, "invalid_request_error"],
      [401, "authentication_error"],
      [402, "billing_error"],
      [403, "permission_error"],
      [404, "not_found_error"],
      [409, "conflict_error"],
      [413, "request_too_large"],
      [429, "rate_limit_error"],
      [500, "api_error"],
      [504, "timeout_error"],
      [529, "overloaded_error"],
    ];
    for (const [status, type] of pairs) {
      expect(statusOfType(type)).toBe(status);
      expect(typeOfStatus(status)).toBe(type);
    }
    expect(statusOfType("forbidden")).toBe(403);
    expect(statusOfType("brand_new_error")).toBeUndefined();
    expect([typeOfStatus(418), typeOfStatus(599), typeOfStatus(524)]).toEqual([
      "invalid_request_error",
      "api_error",
      "api_error",
    ]);
  });

  test("agrees with the SDK's rule about retries in every row", () => {
    for (const row of ERRORS) expect([row.status, row.sdkRetries]).toEqual([row.status, sdkRetriesStatus(row.status)]);
  });
});

describe("errorBody", () => {
  test("is the API's envelope", () => {
    expect(errorBody("rate_limit_error", "Slow down.", { errorCode: "ramp_limit_exceeded", requestId: "req_1" })).toBe(
      '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down.","details":{"error_code":"ramp_limit_exceeded"}},"request_id":"req_1"}',
    );
    expect(errorBody("api_error", "x")).toBe('{"type":"error","error":{"type":"api_error","message":"x"}}');
  });

  test("is one line, and readError reads it back", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("api_error", "overloaded_error"),
        fc.string(),
        fc.option(fc.string(), { nil: undefined }),
        (type, message, errorCode) => {
          const body = errorBody(type, message, { errorCode, requestId: "req_1" });
          expect(body).not.toMatch(/[\r\n]/);
          expect(readError(body)).toEqual({ dialect: "anthropic", type, message, code: errorCode, requestId: "req_1" });
        },
      ),
    );
  });
});
