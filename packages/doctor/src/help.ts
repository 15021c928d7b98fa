// The help, in both languages, made from the options.

import { COMMANDS, OPTIONS, type OptionSpec } from "./options.ts";
import { pad, widthOf, wrap } from "./output/width.ts";
import type { Language } from "./words.ts";

const HEAD = {
  en: "Finds why a program on this machine cannot reach Claude, layer by layer, and prints the fix.",
  zh: "逐层检查本机程序为何连不上 Claude，并给出修复方法。",
};
const LABELS = {
  usage: { en: "Usage", zh: "用法" },
  options: { en: "Options", zh: "选项" },
  commands: { en: "Commands", zh: "命令" },
  examples: { en: "Examples", zh: "示例" },
  oneOf: { en: "one of", zh: "可选" },
  from: { en: "{min} to {max}", zh: "{min} 到 {max}" },
  usual: { en: "default", zh: "默认" },
} as const;
const EXIT = {
  en: "Exit codes: 0 the line works, 1 a fault was found, 2 undecided or wrong usage.\nKeys go only to the host that they are set for.\nNothing is changed unless you say yes to --fix.",
  zh: "退出码：0 线路正常，1 发现故障，2 无法判定或用法错误。\n密钥只会发给它所配置的主机。除非你在 --fix 中确认，否则不做任何修改。",
};

/** The text of `--help`. `name` is how the program was called. */
export function helpText(name: string, language: Language): string {
  const rows = OPTIONS.map((spec) => [flagOf(spec), `${spec.about[language]}${boundsOf(spec, language)}`] as const);
  const commands = COMMANDS.map(
    (one) => [[one.name, one.value].filter(Boolean).join(" "), one.about[language]] as const,
  );
  return [
    `${LABELS.usage[language]}: ${name} [command] [options]`,
    "",
    HEAD[language],
    "",
    `${LABELS.options[language]}:`,
    ...table(rows),
    "",
    `${LABELS.commands[language]}:`,
    ...table(commands),
    "",
    `${LABELS.examples[language]}:`,
    ...examples(name, language),
    "",
    EXIT[language],
    "",
  ].join("\n");
}

/** The help of `explain` and `list`. */
export function commandHelp(name: string, command: string, language: Language): string {
  const found = COMMANDS.find((one) => one.name === command);
  if (found === undefined) return helpText(name, language);
  const rows = OPTIONS.filter((spec) => ["json", "lang", "help"].includes(spec.name));
  return [
    `${LABELS.usage[language]}: ${name} ${[found.name, found.value].filter(Boolean).join(" ")} [options]`,
    "",
    found.about[language],
    "",
    `${LABELS.options[language]}:`,
    ...table(rows.map((spec) => [flagOf(spec), `${spec.about[language]}${boundsOf(spec, language)}`] as const)),
    "",
  ].join("\n");
}

function examples(name: string, language: Language): string[] {
  const words: readonly (readonly [string, string, string])[] = [
    ["", "what is wrong, in seconds", "几秒内找出问题"],
    [
      " --as python --target https://relay.example/api",
      "as another program, to another address",
      "模拟其他程序、检查其他地址",
    ],
    [" --deep --report doctor.html", "look longer, write a page for IT", "深入检查并生成给 IT 的页面"],
    [" explain TLS_INTERCEPTED_UNTRUSTED", "what a code means", "解释一个代码"],
    [' explain "unable to get local issuer certificate"', "what an error message means", "解释一段报错"],
  ];
  return words.map(([rest, en, zh]) => `  ${name}${rest}\n      ${language === "zh" ? zh : en}`);
}

function flagOf({ name, short, value }: OptionSpec): string {
  const long = value === undefined ? `--${name}` : `--${name} <${value}>`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function boundsOf(spec: OptionSpec, language: Language): string {
  const parts: string[] = [];
  const colon = language === "zh" ? "：" : ": ";
  const range = LABELS.from[language].replace("{min}", String(spec.min)).replace("{max}", String(spec.max));
  if (spec.choices !== undefined) parts.push(`${LABELS.oneOf[language]}${colon}${spec.choices.join(", ")}`);
  if (spec.min !== undefined) parts.push(range);
  if (spec.default !== undefined) parts.push(`${LABELS.usual[language]}${colon}${spec.default}`);
  if (parts.length === 0) return "";
  return language === "zh" ? `（${parts.join("；")}）` : ` (${parts.join("; ")})`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => widthOf(left)));
  const room = 80 - width - 4;
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, room);
    return lines.map((line, i) => `  ${pad(i === 0 ? left : "", width)}  ${line}`.trimEnd());
  });
}
