// Plants mistakes in a pair of READMEs and asserts that each is found by its place; and that a table keeps its cells.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { flagsIn, namesIn } from "./docs/commands.mjs";
import { table } from "./docs/markdown-table.mjs";
import { checkReadmes } from "./docs/readme.mjs";

const COMMANDS = [
  { name: "fairlead", flags: ["-h", "--help"] },
  { name: "fairlead gateway", flags: ["-c", "--config"] },
  { name: "fairlead config", flags: [] },
  { name: "fairlead config check", flags: ["--json"] },
  { name: "fairlead claude", flags: ["--port"] },
];

const PAGE = [
  "# Fairlead",
  "## Start",
  "```sh",
  "npm start   # installs what is missing",
  "npm run bench -- --quick",
  "npx fairlead config check fairlead.yaml --json && fairlead --help",
  "fairlead claude --port=4100 -- -p --resume",
  "```",
  "```ts",
  'const fairlead = create("--anything");',
  "```",
];

const folders = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function check(english, chinese = english) {
  const root = mkdtempSync(join(tmpdir(), "fairlead-docs-"));
  folders.push(root);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { bench: "x" } }));
  writeFileSync(join(root, "README.md"), english.join("\n"));
  if (chinese !== null) writeFileSync(join(root, "README.zh-CN.md"), chinese.join("\n"));
  return checkReadmes(root, COMMANDS);
}

const swap = (from, to) => PAGE.map((line) => line.replace(from, to));

describe("the READMEs", () => {
  it("may translate headings and comments in code", () => {
    expect(
      check(
        PAGE,
        swap("## Start", "## 开始").map((line) => line.replace("# installs what is missing", "# 安装")),
      ),
    ).toEqual([]);
  });

  it.each([
    ["npm run bench", "npm run bunch", 'README.md:5 "npm run bunch" is no script of package.json'],
    ["config check", "config czech", 'README.md:6 "fairlead config" has no --json'],
    ["fairlead claude", "fairlead clod", 'README.md:7 "fairlead clod" is no command'],
    ["--json", "--xml", 'README.md:6 "fairlead config check" has no --xml'],
    ["--port", "--prot", 'README.md:7 "fairlead claude" has no --prot'],
  ])("name what exists: %s -> %s", (from, to, finding) => {
    expect(check(swap(from, to))[0]).toBe(finding);
    expect(check(swap(from, to))).toHaveLength(2);
  });

  it("have the same structure and the same code", () => {
    expect(check(PAGE, swap("## Start", "### 开始"))[0]).toMatch(/^README.zh-CN.md:2 heading 2 differs/);
    expect(check(PAGE, [...PAGE, "## 更多"])[0]).toMatch(/^README.zh-CN.md:12 heading 3 differs/);
    expect(check(PAGE, swap("create(", "make("))[0]).toMatch(/^README.zh-CN.md:9 code block 2 differs/);
    expect(check(PAGE, null)).toEqual(["README.zh-CN.md:1 is missing beside README.md"]);
  });
});

describe("a Markdown table", () => {
  it("keeps a cell in its cell", () => {
    expect(table(["a"], [["x | y\n  z"], [undefined]])).toBe("| a |\n| --- |\n| x \\| y z |\n|  |\n");
  });
});

describe("the program's own help", () => {
  const help = [
    "Usage: fairlead [options] [command]",
    "",
    "Options:",
    "  -V, --version             output the version number",
    "  --no-color                write without colour",
    "",
    "Commands:",
    "  start [options]           Starts everything; see also --help of it",
    "                            and a second line of the sentence",
    "  config                    Reads fairlead.yaml",
    "  help [command]            display help for command",
    "",
    "Examples:",
    "  fairlead start",
    "",
  ].join("\n");

  it("gives the commands and the flags", () => {
    expect(namesIn(help)).toEqual(["start", "config"]);
    expect(flagsIn(help)).toEqual(["-V", "--version", "--no-color", "--help"]);
  });

  it("finds commands under several headings", () => {
    const grouped = help.replace("Examples:\n  fairlead start", "More commands:\n  doctor [options]  Finds the cause");
    expect(namesIn(grouped)).toEqual(["start", "config", "doctor"]);
  });
});
