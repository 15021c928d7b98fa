// Tests of the client's stack: what stands where by its options, what is left out, and what lanes do not share.

import { describe, expect, test } from "vitest";
import { createFetch } from "./fetch.ts";
import type { ClientOptions } from "./options.ts";

const REST = ["retry", "admit", "breaker", "trace", "commit", "timeouts"];
const layers = (options: ClientOptions = {}) =>
  createFetch(options)
    .describe()
    .map((one) => one.policy);

describe("the layers", () => {
  test("are those that have something to do", () => {
    expect(layers()).toEqual(["journal", "deadline", "cache", "join", ...REST]);
    const off = {
      cache: { messages: "off", count_tokens_ttl: 0, models_ttl: 0 },
      join: { messages: "off", count_tokens: false, models: false },
    } as const;
    expect(layers(off)).toEqual(["journal", "deadline", ...REST]);
    expect(layers({ ...off, limits: { requests_per_minute: 5 }, hedge: { enabled: true } })).toEqual([
      "journal",
      "deadline",
      "limits",
      "retry",
      "hedge",
      ...REST.slice(1),
    ]);
  });

  test("say what is wrong with their options", () => {
    expect(() => createFetch({ join: { windw: 1 } as never })).toThrow("did you mean window");
    expect(() => createFetch({ cache: { early: 11 } })).toThrow("cache.early");
    expect(() => createFetch({ limits: { kind: "sieve" as never } })).toThrow("limits.kind");
    expect(() => createFetch({ hedge: { after: "10ms" } })).toThrow("hedge.after");
  });
});

/** An upstream that answers every request with its number. */
function counting() {
  const seen: string[] = [];
  const send = (async (url: string, init: RequestInit) => {
    seen.push(`${new URL(url).pathname} ${new Headers(init.headers).get("x-api-key")}`);
    const body = JSON.stringify({ input_tokens: seen.length });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }) as unknown as typeof globalThis.fetch;
  return { seen, send };
}

const count = (key: string) => ({
  method: "POST",
  headers: { "x-api-key": key, "content-type": "application/json" },
  body: '{"model":"claude-haiku-5-5","messages":[]}',
});

test("nothing is shared between credentials or origins", async () => {
  const { seen, send } = counting();
  const fetch = createFetch({ fetch: send });
  const ask = async (origin: string, key: string) =>
    (await fetch(`${origin}/v1/messages/count_tokens`, count(key))).json();
  const all = [
    await ask("https://a.test", "one"),
    await ask("https://a.test", "one"),
    await ask("https://a.test", "two"),
    await ask("https://b.test", "one"),
    await ask("https://a.test", "one"),
  ];
  expect(all.map((one) => (one as { input_tokens: number }).input_tokens)).toEqual([1, 1, 2, 3, 1]);
  expect(seen.length).toBe(3);
});

test("limits of the program's own hold for all its requests, and are told as such", async () => {
  const { seen, send } = counting();
  const fetch = createFetch({
    fetch: send,
    limits: { requests_per_minute: 1, max_wait: 0 },
    cache: { total_bytes: 0 },
  });
  const ask = (key: string) => fetch("https://a.test/v1/messages/count_tokens", count(key));
  expect((await ask("one")).status).toBe(200);
  const refused = await ask("two");
  expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining("fairlead_limits_wait")]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
  expect(seen.length).toBe(1);
});
