// Checks what a file looks like from outside: its name, its length, its first line.
import { basename } from "node:path";
import { EMPTY_NAMES, MAX_LINES } from "./rooms.mjs";

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;

/** Findings of the rules file-name, file-size, first-line. */
export function checkShape(tree) {
  const findings = [];
  for (const path of tree.folders) findings.push(...checkName(path, basename(path)));
  for (const { path, text } of tree.files) {
    const name = basename(path);
    findings.push(...checkName(path, name));
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    if (lines > MAX_LINES) {
      findings.push({
        file: path,
        line: lines,
        rule: "file-size",
        message: `${lines} lines`,
        fix: `split it: ${MAX_LINES} lines is where a file is two files`,
      });
    }
    const first = text.split("\n").find((line) => !line.startsWith("#!")) ?? "";
    if (!/^\s*(\/\/|\/\*)/.test(first)) {
      findings.push({
        file: path,
        line: 1,
        rule: "first-line",
        message: "the first line is no comment",
        fix: "begin with one line that says what the file is",
      });
    }
  }
  return findings;
}

function checkName(path, name) {
  const stem = name.split(".")[0];
  const wrong = (message, fix) => [{ file: path, line: 1, rule: "file-name", message, fix }];
  if (!KEBAB.test(name)) return wrong(`"${name}" is not kebab-case`, "rename it: lower case, words joined by -");
  if (EMPTY_NAMES.includes(stem))
    return wrong(
      `"${stem}" says nothing`,
      "name it after the one thing it holds, or move its parts to where they are used",
    );
  return [];
}
