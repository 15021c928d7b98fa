// Tests of the key: the same for what is the same, and for nothing else, however parts are cut.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exchange } from "../../testing/exchange.ts";
import { canonicalKey, namedKey } from "./canonical-key.ts";

const key = (more: object = {}, scope = "", body: "exact" | "compact" = "exact") =>
  canonicalKey(exchange(more), scope, body);
const headers = (...list: string[]) => ({ headers: list });

describe("canonicalKey", () => {
  test.each([
    ["case of names", headers("Anthropic-Version", "v"), headers("anthropic-version", "v")],
    ["order of betas", headers("anthropic-beta", "a,b"), headers("anthropic-beta", " b , a ")],
    ["betas in two headers", headers("anthropic-beta", "a,b"), headers("anthropic-beta", "b", "anthropic-beta", "a")],
    [
      "order of headers",
      headers("anthropic-version", "v", "anthropic-x", "1"),
      headers("anthropic-x", "1", "anthropic-version", "v"),
    ],
    [
      "headers without effect",
      headers(),
      headers("user-agent", "x", "anthropic-dangerous-direct-browser-access", "true", "authorization", "b"),
    ],
    [
      "who the key of a project is",
      { principal: { project: "p", keyId: "1" } },
      { principal: { project: "p", keyId: "2" } },
    ],
  ])("is the same whatever the %s", (_, one, two) => {
    expect(key(one)).toBe(key(two));
  });

  test.each([
    ["tenant", { principal: { project: "p", keyId: "1" } }],
    ["method", { method: "GET" }],
    ["path", { path: "/v1/messages?x" }],
    ["version", headers("anthropic-version", "v")],
    ["beta", headers("anthropic-beta", "v")],
    ["a header of the API that is not known here", headers("anthropic-future", "v")],
    ["body", { body: Buffer.from("{ }") }],
    ["lack of a body", { body: null }],
  ])("differs by %s", (_, more) => {
    expect(key(more)).not.toBe(key());
  });

  test("differs by scope; white space counts only when bodies are compared exactly", () => {
    expect(key({}, "a")).not.toBe(key({}, "b"));
    const loose = { body: Buffer.from("{ }") };
    expect(key(loose, "", "compact")).toBe(key({}, "", "compact"));
  });

  test("a separator in a part is not one between parts", () => {
    const of = (scope: string, project: string) => key({ principal: { project, keyId: "" } }, scope);
    expect(of("a,b", "c")).not.toBe(of("a", "b,c"));
    expect(of("a", "1:b")).not.toBe(of("a1:", "b"));
  });

  test("a name is one tenant's in one scope", () => {
    const of = (scope: string, project: string, name: string) =>
      namedKey(exchange({ principal: { project, keyId: "" } }), scope, name);
    const all = [
      of("a", "b", "c"),
      of("a", "bc", ""),
      of("ab", "", "c"),
      of("a", "b", "d"),
      of("a", "other", "c"),
      of("other", "b", "c"),
      of("a", "b", "c".repeat(5_000)),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(all.map((one) => one.length))).toEqual(new Set([43]));
    expect(of("a", "b", "c")).toBe(all[0]);
  });

  test("no text moves from one part to the next unnoticed", () => {
    const text = fc.stringMatching(/^[a:,;0-9/]{0,6}$/);
    const parts = fc.record({ scope: text, project: text, path: text, version: text, beta: text, body: text });
    const of = ({ scope, project, path, version, beta, body }: { [name: string]: string }) =>
      key(
        {
          principal: { project, keyId: "" },
          path,
          headers: ["anthropic-version", version ?? "", "anthropic-beta", beta ?? ""],
          body: Buffer.from(body ?? ""),
        },
        scope,
      );
    const betas = (text = "") =>
      text
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean)
        .sort()
        .join(",");
    fc.assert(
      fc.property(parts, parts, (one, two) => {
        const same =
          JSON.stringify({ ...one, beta: betas(one.beta) }) === JSON.stringify({ ...two, beta: betas(two.beta) });
        expect(of(one) === of(two)).toBe(same);
      }),
      { numRuns: 300 },
    );
  });
});
