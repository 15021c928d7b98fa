// Tests of the search for files in a body: against a parse of it, however it is written.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileReferences } from "./file-references.ts";

const of = (text: string) => fileReferences(Buffer.from(text));
const ids = (text: string) => of(text).map(({ id }) => id);
const read = (text: string) =>
  of(text)
    .filter((one) => one.read)
    .map(({ id }) => id);

/** All texts behind a key `file_id`, in any depth. */
function named(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) named(one, found);
  else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      if (key === "file_id" && typeof one === "string" && one !== "" && one.length <= 200 && !one.includes("\0"))
        found.add(one);
      named(one, found);
    }
  }
  return found;
}

/** JSON text with blanks and escapes where `chance` says so. */
function printed(value: unknown, chance: () => boolean): string {
  const blank = () => (chance() ? " \n\t\r".slice(0, 1 + (chance() ? 3 : 0)) : "");
  const text = (one: string) =>
    `"${[...one]
      .map((char) => {
        const plain = JSON.stringify(char).slice(1, -1);
        if (char.length > 1 || !chance()) return plain;
        const hex = char.charCodeAt(0).toString(16).padStart(4, "0");
        return `\\u${chance() ? hex : hex.toUpperCase()}`;
      })
      .join("")}"`;
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${value.map((one) => blank() + printed(one, chance) + blank()).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(
      ([key, one]) => `${blank()}${text(key)}${blank()}:${blank()}${printed(one, chance)}${blank()}`,
    );
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value);
}

const key = fc.oneof(
  fc.constantFrom("file_id", "type", "tool_use_id", '"file_id', 'a\\"file_id', "file_id\\"),
  fc.string(),
);
const id = fc.oneof(fc.constantFrom("file_a", "file_b", 'file_"q"', "x"), fc.string());
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    id,
    fc.constantFrom<unknown>(null, true, 1.5, '"file_id":"file_z"', "\\", '\\"'),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
    fc.record({ type: fc.constantFrom("file", "container_upload", "text"), file_id: id }),
  ),
}));

describe("the files that a body names", () => {
  test("are the texts behind each key file_id, wherever it stands and however it is written", () => {
    fc.assert(
      fc.property(tree, fc.infiniteStream(fc.boolean()), fc.boolean(), (value, chances, escapes) => {
        const body = printed(value, () => escapes && chances.next().value === true);
        expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(new Set(ids(body))).toEqual(named(JSON.parse(body)));
      }),
      { numRuns: 1_000 },
    );
  });

  test("nothing in a text counts, and nothing that only looks like the key", () => {
    expect(of(String.raw`{"content":"{\"type\":\"file\",\"file_id\":\"file_a\"}"}`)).toEqual([]);
    expect(of(String.raw`{"content":"\\\"file_id\":\"file_a\""}`)).toEqual([]);
    expect(of('{"my_file_id":"file_a","file_ids":"file_b","tool_use_id":"file_c"}')).toEqual([]);
    expect(of('{"a":"file_id","b":["file_id","file_a"],"file_id":{"type":"string"},"c":{"file_id":null}}')).toEqual([]);
    expect(of("")).toEqual([]);
    expect(of('_id"')).toEqual([]);
    expect(of('"file_id"')).toEqual([]);
    expect(of('{"file_id":"file_a')).toEqual([]);
  });

  test("each comes once, in the order of the body", () => {
    expect(ids('[{"file_id":"file_b"},{"file_id":"file_a"},{"file_id":"file_b"}]')).toEqual(["file_b", "file_a"]);
  });

  test("are read where a block of the API says so, before and behind the key", () => {
    expect(read('{"source":{"type":"file","file_id":"file_a"}}')).toEqual(["file_a"]);
    expect(read('{"source":{"file_id":"file_a","x":[{"type":"text"}],"type":"file"}}')).toEqual(["file_a"]);
    expect(read('{"type":"container_upload","file_id":"file_a"}')).toEqual(["file_a"]);
    expect(read('{"type":"tool_use","input":{"file_id":"file_a"}}')).toEqual([]);
    expect(read('{"type":"file","input":{"file_id":"file_a"}}')).toEqual([]);
    expect(read('{"content":[{"type":"bash_code_execution_output","file_id":"file_a"}]}')).toEqual([]);
    expect(read('[{"file_id":"file_a"},{"type":"file","file_id":"file_a"}]')).toEqual(["file_a"]);
    // The provider knows no such id, so it need not be known here either.
    expect(read('{"type":"file","file_id":"invoice-7"}')).toEqual([]);
  });

  test("what could be read either way counts as read", () => {
    expect(read('{"type":"text","file_id":"file_a","type":"file"}')).toEqual(["file_a"]);
    expect(read('{"type":"file","file_id":"file_a","type":"text"}')).toEqual(["file_a"]);
    expect(read(String.raw`{"typ\u0065":"file","file_id":"file_a"}`)).toEqual(["file_a"]);
    expect(read(String.raw`{"typ\u0065":"file","file_id":"file_a","type":"text"}`)).toEqual(["file_a"]);
    expect(read(`{"type":"text","pad":"${"x".repeat(9_000)}","file_id":"file_a"}`)).toEqual(["file_a"]);
    expect(read('{"file_id":"file_a"')).toEqual(["file_a"]);
    expect(read('"file_id":"file_a"}')).toEqual(["file_a"]);
  });

  test("many keys in one object, or behind a text of backslashes, hold nobody up", () => {
    const keys = (from: number) => Array.from({ length: 300 }, (_, i) => `"file_id":"file_${from + i}"`).join(",");
    const objects = Array.from({ length: 300 }, (_, i) => `{${keys(i * 300)}}`).join(",");
    const slashes = `{"a":"${"\\\\".repeat(8_000_000)}\\"","b":"",${keys(0)}}`;
    for (const [body, count] of [
      [`[${objects}]`, 90_000],
      [slashes, 300],
    ] as const) {
      const bytes = Buffer.from(body);
      const began = performance.now();
      expect(fileReferences(bytes).length).toBe(count);
      expect(performance.now() - began).toBeLessThan(500);
    }
    // What is looked at no longer counts as read, so that nothing slips through at the end of a long body.
    expect(read(`[${objects},{"type":"file","file_id":"file_last"}]`)).toContain("file_last");
  });

  test("many keys in one body are looked at in linear time", () => {
    const half = '{"tool_use_id":"toolu_1"},'.repeat(100_000);
    const body = Buffer.from(`[${half}${'{"file_id":"file_a"},'.repeat(50_000)}${"\\u00e9".repeat(100_000)}0]`);
    const began = performance.now();
    expect(fileReferences(body).length).toBe(1);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
