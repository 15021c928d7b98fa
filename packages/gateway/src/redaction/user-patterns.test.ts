// A project's own patterns: what RE2 takes, what it does not and what the message says, and time that stays linear.

import { describe, expect, test } from "vitest";
import { readConfig } from "../config/load.ts";
import { ConfigError } from "../config/problem.ts";
import type { Span } from "./detectors/detector.ts";
import { patternFault, type UserPattern, UserPatterns } from "./user-patterns.ts";

const found = (pattern: UserPattern, text: string) => {
  const spans: Span[] = [];
  new UserPatterns([pattern]).find(text, spans);
  return spans.map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);
};

describe("user patterns", () => {
  test("matches, capitals, and a group that narrows the match", () => {
    expect(found({ name: "t", regex: "T-\\d+" }, "T-1 t-2 T-33")).toEqual(["pattern:t T-1", "pattern:t T-33"]);
    expect(found({ name: "t", regex: "T-\\d+", ignore_case: true }, "t-2")).toEqual(["pattern:t t-2"]);
    expect(found({ name: "emp", regex: "工号[:：](?P<value>\\d{6})" }, "工号：123456🚀")).toEqual([
      "pattern:emp 123456",
    ]);
  });

  test.each([
    ["(?=x)y", "looks ahead or behind", 0],
    ["a(?<!b)c", "looks ahead or behind", 1],
    ["(a)\\1", "refers back", 3],
    ["a++b", "possessive", 1],
    ["(?>a)", "possessive or atomic", 0],
    ["a(b", "is no RE2 pattern: missing closing \\)", undefined],
    ["[z-a]", "invalid character class range", undefined],
    ["a{5000}", "invalid repeat count", undefined],
    ["x*", "matches the empty text", undefined],
    ["", "is empty", 0],
    ["a".repeat(1_001), "the most is 1000", undefined],
  ])("%s is refused with the reason", (regex, message, at) => {
    const fault = patternFault({ name: "x", regex });
    expect(fault?.message).toMatch(new RegExp(message));
    if (at !== undefined) expect(fault?.at).toBe(at);
  });

  test("what only looks like one of those is taken", () => {
    for (const regex of ["\\(\\?=x", "[(?=]a", "a\\+\\+", "[*+]+x", "\\\\1x"])
      expect(patternFault({ name: "x", regex }), regex).toBeUndefined();
  });

  test("patterns that ruin others take linear time", () => {
    const patterns = ["(a+)+$", "(a|aa)+b", "(.*)*x", "([a-zA-Z]+)*1"]
      .map((regex, i) => ({ name: `p${i}`, regex }))
      .filter((one) => patternFault(one) === undefined);
    expect(patterns.length).toBeGreaterThanOrEqual(3);
    const start = performance.now();
    new UserPatterns(patterns).find(`${"a".repeat(20_000)}!`, []);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("the configuration tells of a bad pattern with its place", () => {
    const text = `upstreams: [{ name: a, provider: anthropic, api_key: "\${K}" }]\nprojects:\n  - name: web\n    keys: [fl-dev-0123456789abcdef]\n    redaction:\n      mode: mask\n      patterns:\n        - { name: ok, regex: "A-[0-9]+" }\n        - { name: ok, regex: "(?=a)b" }\n`;
    try {
      readConfig(text, "/x/fairlead.yaml", { K: "sk-0123456789" });
      expect.unreachable();
    } catch (e) {
      if (!ConfigError.is(e)) throw e;
      expect(e.problems.map(({ line, column, path }) => [line, column, path])).toEqual([
        [9, 19, "projects[0].redaction.patterns[1].name"],
        [9, 30, "projects[0].redaction.patterns[1].regex"],
      ]);
      expect(e.message).toContain("linear-time matching cannot do");
    }
  });

  test.each([
    ["mode: maks", "mode"],
    ["kinds: [emails]", "kinds"],
    ["kinds: []", "at least one kind"],
    ["scope: [everything]", "scope"],
    ["patterns: [{ name: '1', regex: a }]", "must be 1 to 32 letters"],
    ["secret: plain-text-secret", "plain text"],
    ["resotre: true", "restore"],
  ])("%s is refused", (line, said) => {
    const text = `upstreams: [{ name: a, provider: anthropic, api_key: "\${K}" }]\nprojects: [{ name: web, keys: [fl-dev-0123456789abcdef], redaction: { ${line} } }]\n`;
    expect(() => readConfig(text, "/x/fairlead.yaml", { K: "sk-0123456789" })).toThrow(said);
  });
});
