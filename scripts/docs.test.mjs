// Plants mistakes in READMEs and pages of policies and asserts that each is found by its place; and that a table keeps its cells.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { flagsIn, namesIn } from "./docs/commands.mjs";
import { table } from "./docs/markdown-table.mjs";
import { filled } from "./docs/policies.mjs";
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

describe("the pages of the policies", () => {
  const tables = { options: { retry: "| a |\n" }, metrics: { m_total: ["`m_total`", "", "so many"] } };
  const page = "# Retry\n<!-- options: retry -->\nold\n<!-- end -->\ntext\n<!-- metrics: m_total -->\n<!-- end -->\n";
  const texts = (more = {}) => {
    const all = { "README.md": "[x](retry.md)", "README.zh-CN.md": "[x](retry.md)", "retry.md": page, ...more };
    return new Map(Object.entries(all).filter(([, text]) => text !== undefined));
  };
  const found = (more) => filled(texts(more), tables).findings;

  it("get their marked parts from the code, and keep all else", () => {
    const { pages, findings } = filled(texts(), tables);
    const { text } = pages.find(({ file }) => file === "docs/policies/retry.md");
    expect(findings).toEqual([]);
    expect(text).toBe(
      "# Retry\n<!-- options: retry -->\n\n| a |\n\n<!-- end -->\ntext\n<!-- metrics: m_total -->\n\n" +
        "| metric | labels | meaning |\n| --- | --- | --- |\n| `m_total` |  | so many |\n\n<!-- end -->\n",
    );
    const again = new Map(pages.map(({ file, text }) => [file.slice("docs/policies/".length), text]));
    for (const { text, now } of filled(again, tables).pages) expect(text).toBe(now);
  });

  it("show every block of options, name what there is, and are in both indexes", () => {
    expect(found({ "retry.md": "" })).toEqual(["docs/policies/README.md:1 has no page with the options of retry."]);
    expect(found({ "retry.md": `${page}<!-- metrics: m_totl -->\n<!-- end -->` })[0]).toMatch(/retry.md:1 .* m_totl/);
    expect(found({ "README.zh-CN.md": "" })).toEqual(["docs/policies/README.zh-CN.md:1 does not link to retry.md."]);
    expect(found({ "README.zh-CN.md": undefined })).toEqual(["docs/policies/README.zh-CN.md:1 is missing."]);
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
