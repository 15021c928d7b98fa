// Files with keys that are none: read within bounds, since the gateway looks at them again and again.

import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readText } from "./key-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-key-file-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it("a file of ordinary size is read whole, through a link too", () => {
  const text = `${"# a comment\n".repeat(50_000)}sk-ant-0123456789é\n`;
  writeFileSync(join(folder, "key"), `\ufeff${text}`);
  symlinkSync(join(folder, "key"), join(folder, "link"));
  expect(readText(join(folder, "key"))).toEqual({ text });
  expect(readText(join(folder, "link"))).toEqual({ text });
});

it("one that is no key's is told as too large, and is not read to its end", () => {
  const file = join(folder, "sparse");
  writeFileSync(file, "");
  truncateSync(file, 3_000_000_000);
  const before = process.memoryUsage().rss;
  expect(readText(file)).toEqual({ message: `the file ${file} is larger than 4 MB; name the file that holds the key` });
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
});

it.each([
  ["a folder", (file: string) => `${file}/..`, /is a folder; name the file in it/],
  ["a file that is not there", (file: string) => `${file}/none`, /is not there; make it, or correct the path/],
])("%s is told with the fix", (_, of, message) => {
  expect(readText(of(join(folder)))).toEqual({ message: expect.stringMatching(message) });
});
