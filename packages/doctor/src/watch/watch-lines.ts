// The lines that a watch prints.

import { formatRfc3339 } from "@fairlead/protocol";
import type { Report } from "../report.ts";
import type { Language } from "../words.ts";
import type { WatchBook } from "./watch-book.ts";
import type { Verdict } from "./watch-pace.ts";

const STATES: { readonly [state in Report["state"]]: { readonly [language in Language]: string } } = {
  whole: { en: "whole", zh: "正常" },
  broken: { en: "broken", zh: "故障" },
  undecided: { en: "undecided", zh: "无法判定" },
};

/** One check. */
export function checkLine(language: Language, report: Report, at: number): string {
  const ms = Math.round(report.duration_ms);
  const state = STATES[report.state][language];
  const verdict = report.verdict === null ? "" : ` ${report.verdict.code}: ${report.verdict.title}`;
  return `${timeOf(at)}  ${state}  ${ms} ms${verdict}`;
}

/** A change of state. */
export function changeLine(
  language: Language,
  before: Verdict | undefined,
  after: Verdict,
  report: Report,
  at: number,
): string {
  const was = before === undefined ? "?" : nameOf(language, before);
  const is = nameOf(language, after);
  const fix = report.verdict?.fix[0];
  const hint = after.state === "broken" && fix !== undefined ? ` ${fix.commands[0] ?? fix.note}` : "";
  return language === "zh"
    ? `${timeOf(at)}  *** 状态改变：${was} -> ${is}${hint === "" ? "" : `。建议：${hint.trim()}`}`
    : `${timeOf(at)}  *** changed: ${was} -> ${is}${hint === "" ? "" : `. Try:${hint}`}`;
}

/** The first line. */
export function listenLine(language: Language, url: string, intervalMs: number): string {
  const seconds = intervalMs / 1_000;
  return language === "zh"
    ? `每 ${seconds} 秒检查一次；${url}/health 与 ${url}/metrics。按 Ctrl-C 结束。`
    : `checking every ${seconds} s; ${url}/health and ${url}/metrics. Ctrl-C ends it.`;
}

/** The address cannot be had. */
export function takenLine(language: Language, listen: string): string {
  return language === "zh"
    ? `无法监听 ${listen}：地址无效或已被占用。请用 --listen 127.0.0.1:端口 换一个。`
    : `cannot listen on ${listen}: it is no address of this machine, or it is taken. Choose another with --listen 127.0.0.1:PORT.`;
}

/** The last line. */
export function endLine(language: Language, book: WatchBook): string {
  const total = [...book.counts.values()].reduce((sum, one) => sum + one, 0);
  const whole = book.counts.get("whole") ?? 0;
  return language === "zh"
    ? `结束：${total} 次检查，其中 ${whole} 次正常。`
    : `ended: ${total} checks, ${whole} of them whole.`;
}

function nameOf(language: Language, { state, code }: Verdict): string {
  return code === undefined ? STATES[state][language] : `${STATES[state][language]} (${code})`;
}

function timeOf(at: number): string {
  return formatRfc3339(at);
}
