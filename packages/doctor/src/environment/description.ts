// Settings in words: where one is set, and what it holds, without its secret.

import { Secret } from "../secret.ts";
import type { Words } from "../words.ts";
import type { Setting, Source } from "./environment.ts";

/** Such as `in ~/.claude/settings.json line 4`, to stand in a sentence. */
export function whereOf(setting: Pick<Setting, "source">): Words {
  const { kind, path, shown = path, line } = setting.source;
  const zhLine = line === undefined ? "" : ` 第 ${line} 行`;
  const enLine = line === undefined ? "" : ` line ${line}`;
  if (kind === "shell")
    return shown === undefined
      ? { en: "in the environment of this shell", zh: "在当前 shell 的环境变量中" }
      : { en: `in this shell, from ${shown}${enLine}`, zh: `在当前 shell 中，来自 ${shown}${zhLine}` };
  if (shown === undefined) return { en: `in the settings of ${kind}`, zh: `在 ${kind} 的设置中` };
  return { en: `in ${shown}${enLine}`, zh: `在 ${shown}${zhLine}` };
}

/** The same as a plain place: `~/.claude/settings.json line 4`, or `shell`. */
export function placeText(source: Source): string {
  const shown = source.shown ?? source.path;
  if (shown === undefined) return source.kind;
  return source.line === undefined ? shown : `${shown} line ${source.line}`;
}

/** What may be shown of a value: a URL without its name and password, a secret as its mask. */
export function shownValue(setting: Pick<Setting, "name" | "value">): string {
  const { value } = setting;
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  const text = value.reveal();
  if (!/proxy|url/i.test(setting.name)) return value.masked;
  const at = text.lastIndexOf("@");
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? "";
  const behind = at < 0 ? text.slice(scheme.length) : `***@${text.slice(at + 1)}`;
  return `${scheme}${behind.replace(/\?.*$/s, "?***")}`;
}

/** Such as `ANTHROPIC_BASE_URL=http://127.0.0.1:8787 (in ~/.claude/settings.json line 4)`. */
export function describeVariable(setting: Setting): Words {
  const where = whereOf(setting);
  const value = setting.value instanceof Secret && setting.value.length === 0 ? "(empty)" : shownValue(setting);
  return { en: `${setting.name}=${value} (${where.en})`, zh: `${setting.name}=${value}（${where.zh}）` };
}
