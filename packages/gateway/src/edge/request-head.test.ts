// What is taken from a request's headers, and what travels on.

import { describe, expect, it } from "vitest";
import { requestHead } from "./request-head.ts";

describe("requestHead", () => {
  it("keeps order and case of what travels, and drops what concerns one hop or one key", () => {
    const head = requestHead([
      ...["Host", "gw:4100", "User-Agent", "x", "X-Api-Key", "fl-1", "AUTHORIZATION", "Bearer fl-2"],
      ...["Connection", "keep-alive", "Keep-Alive", "5", "Content-Length", "12", "TE", "trailers", "Trailer", "x"],
      ...["Transfer-Encoding", "chunked", "Upgrade", "h2c", "Expect", "100-continue", "Proxy-Connection", "close"],
      ...[
        "Proxy-Authorization",
        "Basic x",
        "anthropic-BETA",
        "a,b",
        "anthropic-beta",
        "c",
        "anthropic-version",
        "2023-06-01",
      ],
    ]);
    expect(head.headers).toEqual([
      ...["User-Agent", "x", "anthropic-BETA", "a,b", "anthropic-beta", "c", "anthropic-version", "2023-06-01"],
    ]);
    expect(head).toMatchObject({
      apiKey: "fl-1",
      authorization: "Bearer fl-2",
      contentLength: 12,
      hosts: 1,
      host: "gw:4100",
    });
  });

  it.each([
    ["seconds", "600", 600_000],
    ["milliseconds, as an old SDK sends them", "600000", 600_000],
    ["nonsense", "soon", undefined],
    ["a negative one", "-5", undefined],
  ])("reads a time-out in %s", (_, value, ms) => {
    expect(requestHead(["x-stainless-timeout", value]).timeoutMs).toBe(ms);
  });

  it.each([
    ["0", 0],
    ["2", 2],
    ["x", 0],
    ["-1", 0],
  ])("reads a retry count of %s", (value, count) => {
    expect(requestHead(["X-Stainless-Retry-Count", value]).callerRetries).toBe(count);
  });

  it("reads headers of ours and keeps them here", () => {
    const head = requestHead([
      ...["fairlead-priority", "batch", "Fairlead-Trace", "1", "fairlead-attempt", "1", "fairlead-other", "x"],
      ...["x-stainless-timeout", "600", "fairlead-deadline", "2500", "x-stainless-retry-count", "0"],
    ]);
    expect(head).toMatchObject({ priority: "batch", trace: true, callerRetries: 1, timeoutMs: 2_500 });
    expect(head.headers).toEqual([
      ...["fairlead-other", "x", "x-stainless-timeout", "600", "x-stainless-retry-count", "0"],
    ]);
    expect(requestHead(["fairlead-priority", "urgent"])).toMatchObject({ priority: "interactive", trace: false });
  });

  it("takes two different names of a request for none, and lets them travel", () => {
    const same = ["idempotency-key", "a", "x-idempotency-key", "a"];
    expect(requestHead(same).idempotencyKey).toBe("a");
    const two = ["idempotency-key", "a", "x-idempotency-key", "b", "idempotency-key", "a"];
    expect(requestHead(two)).toMatchObject({ idempotencyKey: "", doubled: undefined, headers: two });
  });

  it("notices headers that must be single", () => {
    expect(requestHead(["x-api-key", "a", "x-api-key", "b"]).doubled).toBe("x-api-key");
    expect(requestHead(["x-api-key", "a", "x-api-key", "a"]).doubled).toBeUndefined();
    expect(requestHead(["authorization", "Bearer a", "authorization", "Bearer b"]).doubled).toBe("authorization");
    for (const name of ["Content-Encoding", "content-type"]) {
      // Of three, the first and the last are what two readers would take.
      expect(requestHead([name, "a", name, "b", name, "a"]).doubled).toBe(name.toLowerCase());
      expect(requestHead([name, "a", name, "a"]).doubled).toBeUndefined();
    }
    expect(requestHead(["host", "a", "host", "a"]).hosts).toBe(2);
  });
});
