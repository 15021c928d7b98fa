// Headers: retry delays of all forms, rate limits, raw lists.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatHttpDate, formatRfc3339 } from "./dates.ts";
import { HEADER, HOP_BY_HOP, rawAll, rawGet, readBetas, readRateLimits, retryAfterMs } from "./headers.ts";

const NOW = Date.UTC(2026, 10, 21, 10);
const wait = (headers: Record<string, string>): number | undefined => retryAfterMs((name) => headers[name], NOW);

describe("retryAfterMs", () => {
  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ "retry-after": "30" }, 30_000],
    [{ "retry-after": " 1.5 " }, 1500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "3600" }, 3_600_000],
    [{ "retry-after-ms": "250.5", "retry-after": "30" }, 250.5],
    [{ "retry-after-ms": "soon", "retry-after": "30" }, 30_000],
    [{ "retry-after-ms": "-5", "retry-after": "2" }, 2000],
    [{ "retry-after": "-1" }, undefined],
    [{ "retry-after": "NaN" }, undefined],
    [{ "retry-after": "Infinity" }, undefined],
    [{ "retry-after": "1e3" }, undefined],
    [{ "retry-after": "12 monkeys" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "2147483.647" }, 2_147_483_647],
    [{ "retry-after": "2147484" }, undefined],
    [{ "retry-after-ms": "2147483648" }, undefined],
    [{ "retry-after": formatHttpDate(NOW + 20_000) }, 20_000],
    [{ "retry-after": formatHttpDate(NOW - 20_000) }, undefined],
    [{ "retry-after": formatHttpDate(NOW + 3e9) }, undefined],
    // Our clock is an hour off; the answer's own date counts.
    [{ "retry-after": formatHttpDate(NOW + 3_620_000), date: formatHttpDate(NOW + 3_600_000) }, 20_000],
    [{ "retry-after": formatHttpDate(NOW + 20_000), date: "yesterday" }, 20_000],
  ])("%j is %j", (headers, expected) => {
    expect(wait(headers)).toBe(expected);
  });

  test("is undefined or a delay a timer can hold, whatever stands there", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)),
        (ms, seconds) => {
          const found = wait({ "retry-after-ms": ms, "retry-after": seconds });
          if (found !== undefined) {
            expect(found).toBeGreaterThanOrEqual(0);
            expect(found).toBeLessThan(2 ** 31);
          }
        },
      ),
    );
  });
});

describe("readRateLimits", () => {
  test("reads each kind, and leaves out what is not told or makes no sense", () => {
    const headers: Record<string, string> = {
      "anthropic-ratelimit-requests-limit": "1000",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": formatRfc3339(NOW),
      "anthropic-ratelimit-input-tokens-remaining": "39000",
      "anthropic-fast-output-tokens-limit": "7",
      "anthropic-ratelimit-tokens-limit": "many",
      "anthropic-ratelimit-tokens-reset": "later",
    };
    expect(readRateLimits((name) => headers[name])).toEqual({
      requests: { limit: 1000, remaining: 0, resetMs: NOW },
      inputTokens: { remaining: 39_000 },
      fastOutputTokens: { limit: 7 },
    });
    expect(readRateLimits(() => undefined)).toEqual({});
  });
});

describe("raw lists", () => {
  const raw = [
    "Host",
    "x",
    "X-Api-Key",
    "k1",
    "anthropic-BETA",
    "a,b",
    "x-api-kez",
    "no",
    "Anthropic-Beta",
    " c ,",
    "x-api-key",
  ];

  test("are looked up whatever the case, values apart from names", () => {
    expect(rawGet(raw, HEADER.apiKey)).toBe("k1");
    expect(rawGet(raw, "k1")).toBeUndefined();
    expect(rawGet(raw, "host")).toBe("x");
    expect(rawGet([], "host")).toBeUndefined();
    expect(rawAll(raw, HEADER.beta)).toEqual(["a,b", " c ,"]);
    expect(rawAll(raw, HEADER.apiKey)).toEqual(["k1"]);
    expect(readBetas(rawAll(raw, HEADER.beta))).toEqual(["a", "b", "c"]);
  });

  test("hop-by-hop names are lower case and spare what must travel", () => {
    for (const name of HOP_BY_HOP) expect(name).toBe(name.toLowerCase());
    for (const name of [HEADER.retryAfter, HEADER.requestId, "content-length", "content-type"])
      expect(HOP_BY_HOP.has(name)).toBe(false);
    expect(HOP_BY_HOP.has("transfer-encoding")).toBe(true);
  });
});
