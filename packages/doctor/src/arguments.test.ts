// Tests how arguments are read: every bound, every wrong word.

import { describe, expect, test } from "vitest";
import { isWrong, readArguments, type Wish } from "./arguments.ts";
import { commandHelp, helpText } from "./help.ts";
import { nearest } from "./nearest.ts";
import { COMMANDS, OPTIONS } from "./options.ts";
import { LANGUAGES } from "./words.ts";

function wish(...argv: string[]): Wish {
  const read = readArguments(argv, "en");
  if (isWrong(read)) throw new Error(read.says.en);
  return read;
}

describe("wrong usage", () => {
  test.each([
    [["--tagret", "x"], "USAGE_UNKNOWN_OPTION", "--target"],
    [["-x"], "USAGE_UNKNOWN_OPTION", "-x"],
    [["expalin"], "USAGE_UNKNOWN_COMMAND", "explain"],
    [["--as"], "USAGE_VALUE_MISSING", "--as"],
    [["--as="], "USAGE_VALUE_MISSING", "--as"],
    [["--as", "pyhton"], "USAGE_VALUE_WRONG", "python"],
    [["--deep=yes"], "USAGE_VALUE_WRONG", "--deep"],
    [["--target", "ftp://x"], "USAGE_VALUE_WRONG", "--target"],
    [["--target", "antropic"], "USAGE_VALUE_WRONG", "anthropic"],
    [["--soak", "601"], "USAGE_VALUE_WRONG", "600"],
    [["--soak", "1.5"], "USAGE_VALUE_WRONG", "--soak"],
    [["--soak=-1"], "USAGE_VALUE_WRONG", "--soak"],
    [["--model", "a b"], "USAGE_VALUE_WRONG", "--model"],
    [["--lang", "fr"], "USAGE_VALUE_WRONG", "en, zh"],
    [["--report", "x.pdf"], "USAGE_VALUE_WRONG", ".html"],
    [["--watch", "--interval", "1s"], "USAGE_VALUE_WRONG", "5s"],
    [["--watch", "--listen", "x:99999"], "USAGE_VALUE_WRONG", "65535"],
    [["--interval", "30s"], "USAGE_CONFLICT", "--watch"],
    [["--watch", "--fix"], "USAGE_CONFLICT", "--fix"],
    [["--json", "--fix"], "USAGE_CONFLICT", "--fix"],
    [["explain"], "USAGE_VALUE_MISSING", "explain"],
  ] as const)("%j is %s and names %s", (argv, code, hint) => {
    const read = readArguments(argv, "en");
    expect(read).toMatchObject({ code });
    if (!isWrong(read)) throw new Error("accepted");
    expect(read.says.en).toContain(hint);
    expect(read.says.zh).toMatch(/[\u4e00-\u9fff]/);
  });
});

test("what is asked for", () => {
  expect(wish()).toMatchObject({
    command: "examine",
    options: { deep: false, external: false, spend: false, soakSeconds: 0, language: "en" },
    json: false,
    reports: [],
    colour: true,
  });
  const full = wish(
    "--as",
    "python",
    "--target",
    "https://relay.example/api",
    "--deep",
    "--soak",
    "60",
    "--lang",
    "zh",
    "--report",
    "a.md",
    "--report=b.html",
    "--no-color",
  );
  expect(full).toMatchObject({
    options: { as: "python", target: "https://relay.example/api", deep: true, soakSeconds: 60, language: "zh" },
    reports: ["a.md", "b.html"],
    colour: false,
  });
  expect(wish("--watch", "--interval", "5m", "--listen", "0.0.0.0:0")).toMatchObject({
    command: "watch",
    intervalMs: 300_000,
    listen: "0.0.0.0:0",
  });
  expect(wish("explain", "TLS_X", "--json")).toMatchObject({ command: "explain", words: ["TLS_X"], json: true });
  expect(wish("explain", "connect", "ECONNREFUSED")).toMatchObject({ words: ["connect", "ECONNREFUSED"] });
  expect(wish("explain", "--help")).toMatchObject({ command: "help", words: ["explain"] });
  expect(wish("-h")).toMatchObject({ command: "help", words: [] });
  expect(wish("-V")).toMatchObject({ command: "version" });
});

describe.each(LANGUAGES)("the help in %s", (language) => {
  test("names every option and command, and no line is too wide", () => {
    const help = helpText("fairlead doctor", language);
    for (const { name } of OPTIONS) expect(help).toContain(`--${name}`);
    for (const { name } of COMMANDS) expect(help).toContain(`  ${name}`);
    for (const { name } of COMMANDS) expect(commandHelp("doctor", name, language)).toContain(name);
  });
});

test("options are told in both languages", () => {
  for (const { name, about } of [...OPTIONS, ...COMMANDS]) {
    expect(about.en, name).not.toBe("");
    expect(about.zh, name).toMatch(/[\u4e00-\u9fff]/);
  }
});

test("the nearest word", () => {
  expect(nearest("tls_inspcted", ["TLS_INSPECTED", "DNS_REFUSED"])).toBe("TLS_INSPECTED");
  expect(nearest("DNS_REFUESD", ["TLS_INSPECTED", "DNS_REFUSED"])).toBe("DNS_REFUSED");
  expect(nearest("banana", ["TLS_INSPECTED", "DNS_REFUSED"])).toBeUndefined();
});
