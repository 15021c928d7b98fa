// What a person reads in a terminal: one line per layer, the verdict, the commands to paste, what else there is.

import { LAYERS, type Layer } from "../layer.ts";
import type { Machine } from "../machine.ts";
import type { Status } from "../probe.ts";
import type { Report, ReportedFinding, ReportedFix, ReportedProbe } from "../report.ts";
import type { Language, Words } from "../words.ts";
import { type Paint, type Signs, severityPaint, statusPaint } from "./paint.ts";
import { fill, LAYER_NAMES, OS_NAMES, PHRASES, SHELL_NAMES } from "./phrases.ts";
import { isForHere } from "./report-of.ts";
import { cut, pad, widthOf, wrap } from "./width.ts";

/** How to draw. */
export interface Look {
  readonly paint: Paint;
  readonly signs: Signs;
  /** Columns of the screen. */
  readonly columns: number;
  readonly language: Language;
  /** How the program was called. */
  readonly name: string;
  readonly machine: Pick<Machine, "platform" | "shell">;
  /** Ids of the probes without which a layer is never green. */
  readonly required: ReadonlySet<string>;
}

/** Widest text that is still easy to read, columns. */
const WIDEST = 100;
/** Lines of evidence and other findings that a screen shows; the report has all. */
const MOST_EVIDENCE = 6;
const MOST_OTHERS = 6;
/** Reasons of checks that had something to look at: what they build on failed, no time, or an option that was not given. */
const UNSEEN = /^not looked at|^未检查|--[a-z]/;

/** Columns to write in. */
export function columnsOf(screen: { readonly columns?: number | undefined }): number {
  return Math.min(Math.max(screen.columns || 80, 40), WIDEST);
}

/** The first line: what is looked at, as whom, which way. */
export function headLine(target: Report["target"], look: Look): string {
  const { language, paint } = look;
  const version = target.as_version === null ? "" : ` ${target.as_version}`;
  const as = fill(PHRASES.as[language], { client: `${target.as}${version}` });
  const comma = language === "zh" ? "，" : ", ";
  const lines = wrap(`${as}${comma}${target.via}`, look.columns - 2);
  return [paint.bold(target.url), ...lines.map((line) => `  ${paint.dim(line)}`)].join("\n");
}

/** What the line of a layer shows. */
export interface LayerState {
  readonly status: Status | "running" | "waiting";
  readonly ms?: number;
  readonly note: string;
}

/** One line of at most the screen's columns: sign, layer, time, note. */
export function layerLine(layer: Layer, state: LayerState, look: Look, frame = 0): string {
  const { paint, signs, language, columns } = look;
  const names = LAYERS.map((one) => widthOf(LAYER_NAMES[one][language]));
  const label = pad(LAYER_NAMES[layer][language], Math.max(...names));
  const done = state.status !== "running" && state.status !== "waiting";
  const time = (done && state.status !== "skip" && state.ms !== undefined ? timeText(state.ms) : "").padStart(8);
  const left = `  ${label} ${time}  `;
  const note = cut(state.note.replace(/\s+/g, " "), columns - widthOf(left) - 3);
  if (state.status === "waiting") return paint.dim(`  ${left}${note}`.trimEnd());
  if (state.status === "running")
    return `  ${paint.cyan(signs.busy[frame % signs.busy.length] ?? "")}${left.slice(1)}${paint.dim(note)}`;
  const style = statusPaint(paint, state.status);
  const sign = style(signs.status[state.status]);
  const shown = state.status === "skip" ? paint.dim(note) : note;
  return `  ${sign}${left.slice(1)}${shown}`.trimEnd();
}

/** Milliseconds as a person reads them. */
export function timeText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

const WORST: readonly Status[] = ["fail", "warn", "pass", "skip"];

/** The state of a layer whose probes have all ended: the worst of them speaks for it. */
export function layerState(
  probes: readonly Pick<ReportedProbe, "id" | "status" | "ms" | "note">[],
  { required }: Pick<Look, "required">,
): LayerState {
  const open = probes.find(({ id, status }) => status === "skip" && required.has(id));
  const worst = WORST.find((one) => probes.some((probe) => probe.status === one)) ?? "skip";
  const status = worst === "pass" && open !== undefined ? "skip" : worst;
  const speaking = status === "skip" && open !== undefined ? open : probes.find((probe) => probe.status === status);
  const ms = Math.max(...probes.map((probe) => probe.ms), 0);
  return { status, ms, note: speaking?.note ?? "" };
}

/** The lines of all layers, for where nothing is redrawn. */
export function layerLines(report: Report, look: Look): string[] {
  return LAYERS.flatMap((layer) => {
    const probes = report.probes.filter((probe) => probe.layer === layer);
    return probes.length === 0 ? [] : [layerLine(layer, layerState(probes, look), look)];
  });
}

/** Everything below the layers: the verdict and what belongs to it. Ends in a newline. */
export function verdictText(report: Report, look: Look): string {
  const { verdict, runner_up: second } = report;
  const parts: string[][] = [];
  if (verdict === null) parts.push(stateLines(report, look));
  else {
    if (report.state !== "broken") parts.push(stateLines(report, look));
    parts.push(findingLines(verdict, look));
    if (second !== null) parts.push(secondLines(verdict, second, look));
  }
  const told = new Set([verdict?.code, second?.code]);
  const others = report.findings.filter(({ code }) => !told.has(code));
  if (others.length > 0) parts.push(otherLines(others, look));
  const skipped = report.probes.filter(({ status }) => status === "skip");
  if (skipped.length > 0) parts.push(skippedLines(skipped, report.state, look));
  parts.push(lastLines(report, look));
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function stateLines(report: Report, look: Look): string[] {
  const { paint, signs, language } = look;
  if (report.state === "whole") {
    const text = report.verdict === null ? PHRASES.whole : PHRASES.wholeBut;
    return [paint.bold(paint.green(`${signs.status.pass} ${text[language]}`))];
  }
  const required = report.probes.filter(({ id }) => look.required.has(id));
  const failed = required.filter(({ status }) => status === "fail");
  const left =
    failed.length > 0 ? failed : required.filter(({ status, note }) => status === "skip" && UNSEEN.test(note));
  const lines = left.flatMap(({ title, note }) => item(`${title}${colon(language)}${note}`, look));
  return [
    ...wrap(`? ${PHRASES.undecided[language]}`, look.columns).map((line) => paint.bold(paint.yellow(line))),
    ...(lines.length === 0 ? [] : indented(PHRASES.undecidedWhy[language], look, 2)),
    ...lines,
  ];
}

function findingLines(finding: ReportedFinding, look: Look): string[] {
  const { paint, signs, language } = look;
  const sign = finding.severity === "error" ? signs.status.fail : signs.status.warn;
  const style = severityPaint(paint, finding.severity);
  const title = hanging(finding.title, look, `${sign} `, 2);
  return [
    ...title.map((line) => paint.bold(style(line))),
    paint.dim(`  ${finding.code}`),
    "",
    ...indented(finding.why, look, 2),
    ...(finding.evidence.length === 0 ? [] : ["", heading(PHRASES.evidence, look)]),
    ...finding.evidence.slice(0, MOST_EVIDENCE).flatMap((one) => item(one, look)),
    ...fixLines(finding.fix, look),
    ...(finding.letter === undefined ? [] : letterLines(finding.letter, look, language)),
  ];
}

/** The ways to put it right on this machine; those for other systems only when there is none for this one. */
function fixLines(all: readonly ReportedFix[], look: Look): string[] {
  if (all.length === 0) return [];
  const here = all.filter((fix) => isForHere(fix, look.machine));
  const lines: string[] = ["", heading(PHRASES.fix, look)];
  for (const [index, fix] of (here.length > 0 ? here : all).entries()) {
    if (index > 0) lines.push("");
    const place = here.length > 0 ? "" : [OS_NAMES[fix.os], SHELL_NAMES[fix.shell]].filter(Boolean).join(", ");
    if (place !== "") lines.push(`  ${look.paint.dim(place)}`);
    if (fix.note !== "") lines.push(...item(fix.note, look));
    for (const command of fix.commands)
      lines.push(...command.split("\n").map((line) => `      ${look.paint.cyan(line)}`));
  }
  return lines;
}

function letterLines(letter: string, look: Look, language: Language): string[] {
  const rule = look.paint.dim(look.signs.rule.repeat(Math.min(look.columns, 78) - 2));
  // Lines as they are: it is there to be copied, and a mail program breaks them itself.
  const lines = letter.split("\n").flatMap((line) => wrapHanging(line, look.columns - 2));
  return ["", look.paint.bold(PHRASES.letter[language]), rule, ...lines, rule];
}

function secondLines(first: ReportedFinding, second: ReportedFinding, look: Look): string[] {
  const percent = Math.round(first.confidence * 100);
  return [
    ...wrap(`${fill(PHRASES.unsure[look.language], { percent })}${colon(look.language)}`, look.columns).map(
      look.paint.bold,
    ),
    ...indented(`${second.title} (${second.code})`, look, 2),
    ...indented(second.why, look, 2),
    ...second.fix
      .filter((fix) => isForHere(fix, look.machine))
      .slice(0, 1)
      .flatMap((fix) => [
        ...indented(fix.note, look, 2),
        ...fix.commands.map((one) => `      ${look.paint.cyan(one)}`),
      ]),
  ];
}

function otherLines(others: readonly ReportedFinding[], look: Look): string[] {
  const lines = others.slice(0, MOST_OTHERS).flatMap((one) => {
    const sign = { error: look.signs.status.fail, warning: look.signs.status.warn, info: "i" }[one.severity];
    return hanging(`${one.title} (${one.code})`, look, `  ${severityPaint(look.paint, one.severity)(sign)} `, 4);
  });
  const more = others.length - MOST_OTHERS;
  return [heading(PHRASES.also, look), ...lines, ...(more > 0 ? [`    + ${more}`] : [])];
}

/**
 * What could have been seen and was not: behind a failure, or only with an option. Each reason once, with the checks that
 * it kept from running. Checks that had nothing to look at are counted; where all is well the names of the rest will do.
 */
function skippedLines(skipped: readonly ReportedProbe[], state: Report["state"], look: Look): string[] {
  const { language, paint, signs } = look;
  const comma = language === "zh" ? "、" : ", ";
  const told = skipped.filter(({ note }) => UNSEEN.test(note));
  const rest = skipped.length - told.length;
  const others = rest === 0 ? "" : fill(PHRASES.needless[language], { count: rest });
  const head = PHRASES.skipped[language];
  if (state === "whole") {
    const titles = [...told.map(({ title }) => title), others].filter(Boolean).join(comma);
    return wrap(`${head}${colon(language)}${titles}`, look.columns).map(paint.dim);
  }
  const reasons = new Map<string, string[]>();
  for (const { note, title } of told) {
    const reason = note.replace(/^(?:not looked at: |未检查：)/, "");
    reasons.set(reason, [...(reasons.get(reason) ?? []), title]);
  }
  const rows = [...reasons].map(([reason, titles]) => `${titles.join(comma)}${colon(language)}${reason}`);
  const lines = [...rows, others].filter(Boolean).flatMap((row) => hanging(row, look, `  ${signs.status.skip} `, 4));
  return [paint.bold(head), ...lines.map(paint.dim)];
}

function lastLines(report: Report, look: Look): string[] {
  const count = (status: Status) => report.probes.filter((probe) => probe.status === status).length;
  const { language, paint, name } = look;
  const counts = fill(PHRASES.counts[language], {
    total: report.probes.length,
    seconds: (report.duration_ms / 1_000).toFixed(1),
    pass: count("pass"),
    warn: count("warn"),
    fail: count("fail"),
    skip: count("skip"),
  });
  const more: (readonly [string, string])[] = [
    ["--deep", PHRASES.moreDeep[language]],
    ["--report doctor.html", PHRASES.moreReport[language]],
  ];
  if (report.verdict !== null) more.push([`explain ${report.verdict.code}`, PHRASES.moreExplain[language]]);
  const width = Math.max(...more.map(([flag]) => flag.length));
  return [
    ...wrap(counts, look.columns),
    `${PHRASES.more[language]} ${name} …`,
    ...more.flatMap(([flag, about]) =>
      wrap(about, Math.max(look.columns - width - 4, 16)).map(
        (line, i) => `  ${pad(i === 0 ? flag : "", width)}  ${paint.dim(line)}`,
      ),
    ),
  ];
}

function heading(words: Words, look: Look): string {
  return look.paint.bold(words[look.language]);
}

function colon(language: Language): string {
  return language === "zh" ? "：" : ": ";
}

function item(text: string, look: Look): string[] {
  return hanging(text, look, `  ${look.signs.bullet} `, 4);
}

/** A text behind a sign, its further lines under its first. `indent` is the sign's width. */
function hanging(text: string, look: Look, sign: string, indent: number): string[] {
  return wrap(text, look.columns - indent).map((line, i) =>
    i === 0 ? `${sign}${line}` : `${" ".repeat(indent)}${line}`,
  );
}

function indented(text: string, look: Look, by: number): string[] {
  return wrap(text, look.columns - by).map((line) => `${" ".repeat(by)}${line}`);
}

function wrapHanging(line: string, columns: number): string[] {
  const lead = /^\s*(?:- )?/.exec(line)?.[0].length ?? 0;
  const rest = line.slice(lead);
  return wrap(rest, columns - lead).map((one, i) => `${i === 0 ? line.slice(0, lead) : " ".repeat(lead)}${one}`);
}
