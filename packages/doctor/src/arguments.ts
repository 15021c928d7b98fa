// The command line as a wish: how arguments are read, and what is said to wrong ones.

import { parseArgs } from "node:util";
import type { ClientName, Options } from "./context.ts";
import { nearest } from "./nearest.ts";
import { COMMANDS, OPTIONS, type OptionSpec, PLATFORMS } from "./options.ts";
import { DEFAULT_INTERVAL_MS, DEFAULT_LISTEN, parseInterval, parseListen } from "./watch/watch-options.ts";
import type { Language, Words } from "./words.ts";

/** What was asked for. */
export interface Wish {
  readonly command: "examine" | "watch" | "explain" | "list" | "help" | "version";
  /** What follows the command. */
  readonly words: readonly string[];
  readonly options: Options;
  readonly publicRootsPath?: string;
  readonly json: boolean;
  readonly reports: readonly string[];
  readonly trace?: string;
  readonly fix: boolean;
  /** Milliseconds between two looks of a watch. */
  readonly intervalMs: number;
  /** [host:]port of a watch. */
  readonly listen: string;
  readonly colour: boolean;
}

/** Wrong usage: a stable code and a sentence with the way out. */
export interface Wrong {
  readonly code:
    | "USAGE_UNKNOWN_OPTION"
    | "USAGE_UNKNOWN_COMMAND"
    | "USAGE_VALUE_MISSING"
    | "USAGE_VALUE_WRONG"
    | "USAGE_CONFLICT"
    | "USAGE_FILE";
  readonly says: Words;
}

/** True for wrong usage. */
export function isWrong(what: Wish | Wrong): what is Wrong {
  return "says" in what;
}

/** Reads the arguments. `language` is that of the locale. */
export function readArguments(argv: readonly string[], language: Language): Wish | Wrong {
  const known = Object.fromEntries(
    OPTIONS.map(({ name, short, value }) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const spec = OPTIONS.find(({ name }) => name === token.name);
    if (spec === undefined) return unknownOption(token.rawName);
    const wrong = checkValue(spec, token.value);
    if (wrong !== undefined) return wrong;
    given.set(spec.name, [...(given.get(spec.name) ?? []), token.value ?? ""]);
  }
  return wishOf(given, words, language);
}

function wishOf(
  given: ReadonlyMap<string, readonly string[]>,
  words: readonly string[],
  language: Language,
): Wish | Wrong {
  const has = (name: string) => given.has(name);
  const last = (name: string) => given.get(name)?.at(-1);
  const [first, ...rest] = words;
  const command = commandOf(first, has);
  if (command === undefined) return unknownCommand(first ?? "");
  if (command === "explain" && rest.length === 0 && !has("help"))
    return wrong("USAGE_VALUE_MISSING", "explain needs a code or an error text", "explain 后面需要一个代码或报错文本");
  const conflict = conflictOf(command, has);
  if (conflict !== undefined) return conflict;
  const reports = given.get("report") ?? [];
  const odd = reports.find((file) => !/\.(?:html?|md)$/i.test(file));
  if (odd !== undefined)
    return wrong(
      "USAGE_VALUE_WRONG",
      `--report ${odd}: the name must end in .html or .md`,
      `--report ${odd}：文件名须以 .html 或 .md 结尾`,
    );
  const listen = last("listen") ?? DEFAULT_LISTEN;
  if (parseListen(listen) === undefined)
    return wrong(
      "USAGE_VALUE_WRONG",
      `--listen ${listen}: give [host:]port with a port from 0 to 65535, such as ${DEFAULT_LISTEN}`,
      `--listen ${listen}：应为 [host:]port，端口 0 到 65535，例如 ${DEFAULT_LISTEN}`,
    );
  const interval = last("interval");
  const intervalMs = interval === undefined ? DEFAULT_INTERVAL_MS : parseInterval(interval);
  if (intervalMs === undefined)
    return wrong(
      "USAGE_VALUE_WRONG",
      `--interval ${interval}: give a time from 5s to 1h, such as 30s or 5m`,
      `--interval ${interval}：应为 5s 到 1h 的时间，例如 30s 或 5m`,
    );
  const as = last("as") as ClientName | undefined;
  const target = last("target");
  const model = last("model");
  const trace = last("trace");
  const publicRootsPath = last("public-roots");
  return {
    command: has("help") ? "help" : has("version") ? "version" : command,
    words: has("help") && command !== "examine" && command !== "watch" ? [command, ...rest] : rest,
    options: {
      ...(as === undefined ? {} : { as }),
      ...(target === undefined ? {} : { target }),
      deep: has("deep"),
      external: has("external"),
      spend: has("spend"),
      soakSeconds: Number(last("soak") ?? 0),
      language: (last("lang") as Language | undefined) ?? language,
      ...(model === undefined ? {} : { model }),
    },
    ...(publicRootsPath === undefined ? {} : { publicRootsPath }),
    json: has("json"),
    reports,
    ...(trace === undefined ? {} : { trace }),
    fix: has("fix"),
    intervalMs,
    listen,
    colour: !has("no-color"),
  };
}

function commandOf(word: string | undefined, has: (name: string) => boolean): Wish["command"] | undefined {
  if (word === undefined) return has("watch") ? "watch" : "examine";
  return word === "explain" || word === "list" || word === "help" ? word : undefined;
}

/** What does not go together. */
function conflictOf(command: Wish["command"], has: (name: string) => boolean): Wrong | undefined {
  if (has("help") || has("version")) return undefined;
  const pairs: readonly (readonly [string, string])[] = [
    ["fix", "json"],
    ["watch", "json"],
    ["watch", "deep"],
    ["watch", "spend"],
    ["watch", "fix"],
    ["watch", "report"],
    ["watch", "trace"],
    ["watch", "soak"],
  ];
  const pair = pairs.find(([a, b]) => has(a) && has(b));
  if (pair !== undefined)
    return wrong(
      "USAGE_CONFLICT",
      `--${pair[0]} and --${pair[1]} do not go together`,
      `--${pair[0]} 与 --${pair[1]} 不能同时使用`,
    );
  if (command !== "watch") {
    const alone = ["interval", "listen"].find(has);
    if (alone !== undefined) return wrong("USAGE_CONFLICT", `--${alone} needs --watch`, `--${alone} 需要 --watch`);
  }
  return undefined;
}

function checkValue(spec: OptionSpec, value: string | undefined): Wrong | undefined {
  const flag = `--${spec.name}`;
  if (spec.value === undefined)
    return value === undefined ? undefined : wrong("USAGE_VALUE_WRONG", `${flag} takes no value`, `${flag} 不带值`);
  if (value === undefined || value === "")
    return wrong(
      "USAGE_VALUE_MISSING",
      `${flag} needs a value: ${flag} <${spec.value}>`,
      `${flag} 需要一个值：${flag} <${spec.value}>`,
    );
  if (spec.choices !== undefined && !spec.choices.includes(value)) return oneOf(flag, value, spec.choices);
  if (spec.min !== undefined && spec.max !== undefined) {
    const number = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= spec.min && number <= spec.max))
      return wrong(
        "USAGE_VALUE_WRONG",
        `${flag} ${value}: give a whole number from ${spec.min} to ${spec.max}`,
        `${flag} ${value}：应为 ${spec.min} 到 ${spec.max} 的整数`,
      );
  }
  if (spec.name === "target" && !PLATFORMS.includes(value) && !isHttpUrl(value))
    return oneOf(flag, value, [...PLATFORMS, "https://…"]);
  if (spec.name === "model" && !/^[\w.:@/-]{1,200}$/.test(value))
    return wrong("USAGE_VALUE_WRONG", `${flag}: that is no name of a model`, `${flag}：这不是模型名称`);
  return undefined;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function unknownOption(raw: string): Wrong {
  const close = nearest(
    raw.replace(/^-+/, ""),
    OPTIONS.map(({ name }) => name),
  );
  const hint =
    close === undefined ? { en: "", zh: "" } : { en: ` Did you mean --${close}?`, zh: ` 是否想用 --${close}？` };
  return wrong("USAGE_UNKNOWN_OPTION", `there is no option ${raw}.${hint.en}`, `没有选项 ${raw}。${hint.zh}`);
}

function unknownCommand(word: string): Wrong {
  const close = nearest(
    word,
    COMMANDS.map(({ name }) => name),
  );
  const names = COMMANDS.map(({ name }) => name);
  const en =
    close === undefined
      ? `The commands are ${names.join(" and ")}; without one it examines.`
      : `Did you mean ${close}?`;
  const zh = close === undefined ? `命令有 ${names.join("、")}；不写命令即进行检查。` : `是否想用 ${close}？`;
  return wrong("USAGE_UNKNOWN_COMMAND", `there is no command ${word}. ${en}`, `没有命令 ${word}。${zh}`);
}

function oneOf(flag: string, value: string, choices: readonly string[]): Wrong {
  const close = nearest(value, choices);
  const hint = close === undefined ? { en: "", zh: "" } : { en: ` Did you mean ${close}?`, zh: ` 是否想用 ${close}？` };
  return wrong(
    "USAGE_VALUE_WRONG",
    `${flag} ${value}: it must be one of ${choices.join(", ")}.${hint.en}`,
    `${flag} ${value}：可选值为 ${choices.join("、")}。${hint.zh}`,
  );
}

function wrong(code: Wrong["code"], en: string, zh: string): Wrong {
  return { code, says: { en, zh } };
}
