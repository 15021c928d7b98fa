// Checks the two READMEs: same headings and code blocks, and only commands and flags that exist.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PAIR = ["README.md", "README.zh-CN.md"];
const SHELL = new Set(["", "sh", "bash", "shell", "console"]);

/**
 * @param {string} root absolute path of the checkout
 * @param {{ name: string, flags: string[] }[]} commands as `readCommands` gives them; empty: commands are not checked
 * @returns {string[]} one sentence per finding, with file:line
 */
export function checkReadmes(root, commands) {
  const present = PAIR.filter((name) => existsSync(join(root, name)));
  if (present.length === 0) return [];
  if (present.length === 1)
    return [`${PAIR.find((name) => !present.includes(name))}:1 is missing beside ${present[0]}`];
  const pages = present.map((name) => parse(name, readFileSync(join(root, name), "utf8")));
  const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts ?? {});
  return [...compare(...pages), ...pages.flatMap((page) => checkCommands(page, commands, scripts))];
}

function parse(name, text) {
  const page = { name, headings: [], fences: [] };
  let fence;
  for (const [index, line] of text.split("\n").entries()) {
    const mark = /^\s*```+\s*([\w-]*)/.exec(line);
    if (mark && fence === undefined) fence = { line: index + 1, language: mark[1], lines: [] };
    else if (mark) {
      page.fences.push(fence);
      fence = undefined;
    } else if (fence) fence.lines.push(line);
    else if (/^#+ /.test(line)) page.headings.push({ line: index + 1, level: line.indexOf(" ") });
  }
  return page;
}

function compare(one, two) {
  const findings = [];
  const levels = (page) => page.headings.map(({ level }) => level);
  const at = firstDifference(levels(one), levels(two));
  if (at !== undefined) {
    const line = two.headings[at]?.line ?? one.headings[at]?.line;
    findings.push(
      `${two.name}:${line} heading ${at + 1} differs in level from ${one.name}, or one of them has more headings`,
    );
  }
  const bodies = (page) =>
    page.fences.map(({ language, lines }) => `${language}\n${lines.map(withoutComment).join("\n")}`);
  const block = firstDifference(bodies(one), bodies(two));
  if (block !== undefined) {
    const line = two.fences[block]?.line ?? 1;
    findings.push(
      `${two.name}:${line} code block ${block + 1} differs from that of ${one.name}:${one.fences[block]?.line ?? 1} (comments aside)`,
    );
  }
  return findings;
}

// Comments in code are prose, and prose is translated.
function withoutComment(line) {
  return line.replace(/(^|\s)(#|\/\/)\s.*$/, "").trimEnd();
}

function firstDifference(a, b) {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index += 1) if (a[index] !== b[index]) return index;
  return undefined;
}

function checkCommands(page, commands, scripts) {
  const findings = [];
  for (const { line, language, lines } of page.fences) {
    if (!SHELL.has(language)) continue;
    for (const [index, text] of lines.entries()) {
      const where = `${page.name}:${line + 1 + index}`;
      for (const [, name] of text.matchAll(/\bnpm run ([\w:-]+)/g)) {
        if (!scripts.includes(name)) findings.push(`${where} "npm run ${name}" is no script of package.json`);
      }
      for (const [, rest] of withoutComment(text).matchAll(/(?:^|[\s|&;(])(?:npx )?fairlead((?: +[^\s|&;)]+)+)/g)) {
        findings.push(...checkCommand(rest.trim().split(/ +/), commands).map((problem) => `${where} ${problem}`));
      }
    }
  }
  return findings;
}

function checkCommand(words, commands) {
  if (commands.length === 0) return [];
  const byName = new Map(commands.map((command) => [command.name, command]));
  let name = "fairlead";
  let rest = words;
  while (rest.length > 0 && byName.has(`${name} ${rest[0]}`)) {
    name = `${name} ${rest[0]}`;
    rest = rest.slice(1);
  }
  if (name === "fairlead" && rest[0] !== undefined && !rest[0].startsWith("-"))
    return [`"fairlead ${rest[0]}" is no command`];
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  const flags = own.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split("=")[0]);
  const known = new Set([...byName.get(name).flags, ...byName.get("fairlead").flags]);
  return flags.filter((flag) => !known.has(flag)).map((flag) => `"${name}" has no ${flag}`);
}
