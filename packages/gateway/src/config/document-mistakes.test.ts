// What is no YAML, or YAML that means nothing, is told in words of this house with its place; nothing is thrown.

import { virtualRuntime } from "@fairlead/runtime";
import { memoryStores } from "@fairlead/stores";
import { expect, it } from "vitest";
import { RevisionBook } from "../fleet/revision-book.ts";
import { readYaml } from "./document.ts";

/** Each line stands for nine of the line before. */
const LAUGHS = [..."abcdefghi"].map((name, i, all) => {
  const nine = Array(9).fill(i === 0 ? "x" : `*${all[i - 1]}`);
  return `${name}: &${name} [${nine.join(",")}]\n`;
});

it.each<[string, string, string, string]>([
  ["a star without quotes", "models:\n  - { match: *, upstreams: [main] }", "2:14", "must be in quotes"],
  ["a pattern without quotes", "models: { match: *-haiku }", "1:18", 'write "*-haiku"'],
  ["an alias of itself", "retry: &a { attempts: *a }", "1:23", "write it out"],
  ["aliases of aliases", LAUGHS.join(""), "1:1", "more than a configuration can be"],
  ["a tag", "store: !env STORE", "1:8", "!env means nothing here"],
  ["two documents", "a: 1\n---\nb: 2", "2:1", "a second document"],
  ["UTF-16", Buffer.from("a: 1", "utf16le").toString(), "1:1", "save the file as UTF-8"],
  ["more than a store takes as a revision", `a: 1\n${"# ".repeat(500_000)}`, "1:1", "take comments out"],
  ["brackets without end", `a: ${"[".repeat(5_000)}`, "1:", "nested too deep"],
])("%s", (_what, text, place, words) => {
  const { content, syntax } = readYaml(text);
  expect(content).toBeUndefined();
  expect(syntax).toHaveLength(1);
  expect(`${syntax[0]?.line}:${syntax[0]?.column}`).toMatch(new RegExp(`^${place}`));
  expect(syntax[0]?.message).toContain(words);
});

it("tells of twenty mistakes at most", () => {
  const { syntax } = readYaml(Array.from({ length: 50 }, (_, i) => `a${i}: b: c`).join("\n"));
  expect(syntax).toHaveLength(20);
});

it("takes every text that a store takes as a revision, and no other", async () => {
  const { records } = memoryStores(virtualRuntime(1).clock);
  const book = new RevisionBook(records);
  const revision = { at: 1e13, by: "a".repeat(100), note: "n".repeat(500) };
  for (const [filler, count] of [
    ["#", 989_900],
    ['"', 494_900],
    ["\n", 494_900],
  ] as const) {
    const text = `a: 1 #${filler === '"' ? filler.repeat(count) : `\n${filler.repeat(count)}`}`;
    expect(readYaml(text).syntax).toEqual([]);
    await expect(book.note({ ...revision, text })).resolves.toMatchObject({ by: revision.by });
    expect(readYaml(text + filler.repeat(200)).syntax[0]?.message).toContain("too long");
  }
});

it("takes anchors that stand above, and a mark of the byte order", () => {
  expect(readYaml("\uFEFFa: &x { b: 1 }\nc: *x\nd: { <<: *x, e: 2 }")).toMatchObject({
    syntax: [],
    content: { a: { b: 1 }, c: { b: 1 }, d: { b: 1, e: 2 } },
  });
});
