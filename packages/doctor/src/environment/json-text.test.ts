// Tests of JSON with places: lines of faults, and edits that change one entry and nothing else.

import { describe, expect, it } from "vitest";
import { memberOf, parseJson, placeIn, withEntry, withoutEntry } from "./json-text.ts";

const TEXT = `{
  "model": "opus",
  "env": {
    "A": "1",
    "B": "two \\"quoted\\"",
    "C": "3"
  }
}
`;

describe("parseJson", () => {
  it("agrees with JSON.parse on what is there, and knows the line", () => {
    const parsed = parseJson(TEXT);
    if ("error" in parsed) throw new Error(parsed.error);
    const b = memberOf(memberOf(parsed.root, "env")?.value, "B");
    expect(b?.value).toMatchObject({ kind: "string", value: 'two "quoted"' });
    expect(placeIn(TEXT, b?.start ?? 0)).toEqual({ line: 5, column: 5 });
  });

  it.each([
    ['{\n  "a": 1,\n  "b": 2,\n}', 4],
    ['{\n  "a": "1\n}', 2],
    ['{ "a": 1 }\n}', 2],
    ['{\n  "a": 1\n  "b": 2\n}', 3],
    ['{\n  // no\n  "a": 1\n}', 2],
    ["", 1],
    ['{"a": "\\q"}', 1],
    ['{"a": tru}', 1],
  ])("refuses %j at line %i, as JSON.parse does", (text, line) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(parseJson(text)).toMatchObject({ line });
  });

  it("takes comments and trailing commas where they are allowed, and a byte order mark", () => {
    const text = '\ufeff{\n  // a "comment"\n  "a": [1, 2,], /* more */ "b": "x // y",\n}';
    const parsed = parseJson(text, true);
    if ("error" in parsed) throw new Error(parsed.error);
    expect(memberOf(parsed.root, "b")?.value).toMatchObject({ value: "x // y" });
  });

  it("does not end the stack on a deep text", () => {
    expect(parseJson("[".repeat(100_000))).toHaveProperty("error");
  });
});

describe("edits", () => {
  it.each(["A", "B", "C"])("takes out %s alone and leaves valid JSON", (key) => {
    const after = withoutEntry(TEXT, ["env", key]);
    const expected = JSON.parse(TEXT) as { env: { [name: string]: string } };
    delete expected.env[key];
    expect(JSON.parse(after)).toEqual(expected);
    expect(after.split("\n")).toHaveLength(TEXT.split("\n").length - 1);
    for (const line of after.split("\n"))
      expect(TEXT.replace(/"two.*"/, '"two"')).toContain(line.replace(/"two.*"/, '"two"').replace(/,$/, ""));
  });

  it("takes out the only entry", () => {
    expect(withoutEntry('{ "env": { "A": "1" } }', ["env", "A"])).toBe('{ "env": {} }');
  });

  it("changes a value in its place and escapes it", () => {
    const after = withEntry(TEXT, ["env", "B"], (before) => `${before}\t`);
    expect(after).toBe(TEXT.replace('quoted\\""', 'quoted\\"\\t"'));
  });

  it("leaves a text alone in which the entry is not", () => {
    expect(withoutEntry(TEXT, ["env", "D"])).toBe(TEXT);
    expect(withEntry("{ broken", ["env", "A"], () => "x")).toBe("{ broken");
  });
});
