// `doctor explain`: what a code or a pasted error text means. Works offline, measures nothing.

import { VAGUE, WORDINGS } from "./explain-words.ts";
import type { Rule } from "./finding.ts";
import { masked } from "./http/masked.ts";
import type { Io } from "./io.ts";
import type { Machine } from "./machine.ts";
import { nearest } from "./nearest.ts";
import { hasColour, type Paint, paintOf } from "./output/paint.ts";
import { LAYER_NAMES, PHRASES, SEVERITY_NAMES } from "./output/phrases.ts";
import { columnsOf } from "./output/screen.ts";
import { wrap } from "./output/width.ts";
import { RULES } from "./rules/index.ts";
import type { Language } from "./words.ts";

/** Causes of one text that are told; more would be no answer. */
const MOST = 3;

/** Rules that a text speaks of: by its code, by a code inside it, or by what programs say. The best first. */
export function rulesFor(text: string, rules: readonly Rule[] = RULES): readonly Rule[] {
  const code = text.trim().toUpperCase();
  const exact = rules.find((rule) => rule.code === code);
  if (exact !== undefined) return [exact];
  const named = rules.filter((rule) => new RegExp(`\\b${rule.code}\\b`).test(text));
  if (named.length > 0) return named;
  const scored = rules.flatMap((rule) => {
    const own = (rule.says ?? []).flatMap((pattern) => pattern.exec(text)?.[0].length ?? []);
    const lengths = [...own, ...wordingLengths(rule.code, text)];
    return lengths.length === 0 ? [] : [{ rule, length: Math.max(...lengths) }];
  });
  // The pattern that takes most of the text was written for it.
  return scored.sort((a, b) => b.length - a.length).map(({ rule }) => rule);
}

/** How much of the text the wordings take that may mean this code; a likelier code comes before another one of its wording. */
function wordingLengths(code: string, text: string): readonly number[] {
  return WORDINGS.flatMap(({ said, codes }) => {
    const rank = codes.indexOf(code);
    const found = rank < 0 ? undefined : said.exec(text)?.[0].length;
    return found === undefined ? [] : [found - rank / 10];
  });
}

/** Prints the explanation. Exit code 0; 1 when no cause is known for the text, 2 for a code that does not exist. */
export function explain(
  text: string,
  wish: { readonly json: boolean; readonly colour: boolean },
  language: Language,
  machine: Machine,
  io: Io,
): number {
  const found = rulesFor(text);
  if (found.length === 0) return unknown(text, language, io);
  const told = found.slice(0, MOST);
  if (wish.json) {
    io.out.write(
      `${JSON.stringify(
        told.map((rule) => plainRule(rule, language)),
        undefined,
        2,
      )}\n`,
    );
    return 0;
  }
  const paint = paintOf(hasColour(io.out, machine.env, wish.colour));
  const several = {
    en: "This text has more than one possible cause. Run the doctor to tell them apart.",
    zh: "这段文字可能有多种原因。运行 doctor 可以区分。",
  };
  const columns = columnsOf(io.out);
  const head = told.length > 1 ? `${wrap(several[language], columns).join("\n")}\n\n` : "";
  const left = found.slice(MOST).map(({ code }) => code);
  const also = { en: "Also possible: ", zh: "其他可能：" };
  const more = left.length === 0 ? [] : [wrap(`${also[language]}${left.join(", ")}`, columns).join("\n")];
  const parts = [...told.map((rule) => ruleText(rule, language, paint, columns)), ...more];
  io.out.write(`${head}${parts.join("\n\n")}\n`);
  return 0;
}

function ruleText(rule: Rule, language: Language, paint: Paint, columns: number): string {
  const block = (text: string) => wrap(text, columns - 2).map((line) => `  ${line}`);
  const advice = { en: "What to do", zh: "怎么办" };
  return [
    ...wrap(rule.title[language], columns).map(paint.bold),
    paint.dim(`  ${rule.code}  ${LAYER_NAMES[rule.layer][language]}, ${SEVERITY_NAMES[rule.severity][language]}`),
    "",
    ...block(rule.meaning[language]),
    "",
    paint.bold(advice[language]),
    ...block(rule.advice[language]),
    ...(rule.sources.length === 0 ? [] : ["", paint.dim(PHRASES.sources[language])]),
    ...rule.sources.map((source) => paint.dim(`  ${source}`)),
  ].join("\n");
}

/** A rule as data, in one language. */
export function plainRule(rule: Rule, language: Language) {
  return {
    code: rule.code,
    layer: rule.layer,
    severity: rule.severity,
    title: rule.title[language],
    meaning: rule.meaning[language],
    advice: rule.advice[language],
    sources: rule.sources,
  };
}

function unknown(text: string, language: Language, io: Io): number {
  const isCode = /^\s*[A-Za-z]+(?:_[A-Za-z0-9]+)+\s*$/.test(text);
  const known = RULES.map(({ code }) => code);
  const close = isCode ? nearest(text.trim().toUpperCase(), known) : undefined;
  const hint =
    close === undefined
      ? { en: `${io.name} list shows all.`, zh: `用 ${io.name} list 查看全部。` }
      : { en: `Did you mean ${close}?`, zh: `是否想查 ${close}？` };
  const says = isCode
    ? { en: `there is no code ${masked(text.trim())}. ${hint.en}`, zh: `没有代码 ${masked(text.trim())}。${hint.zh}` }
    : VAGUE.test(text)
      ? {
          en: `that text names no cause: programs print it for every fault of the line. Behind it stands the cause ("cause:", "Caused by"); paste that, or run ${io.name} on the machine where it happens.`,
          zh: `这段文字没有说明原因：线路上的任何故障都会显示它。真正的原因在其后（“cause:”“Caused by”）；请粘贴那一段，或在出问题的机器上运行 ${io.name}。`,
        }
      : {
          en: `no known cause goes with that text. Run ${io.name} on the machine where it happens.`,
          zh: `没有与这段文字对应的已知原因。请在出问题的机器上运行 ${io.name}。`,
        };
  io.err.write(`${io.name}: ${says[language]} (${isCode ? "USAGE_UNKNOWN_CODE" : "EXPLAIN_UNKNOWN"})\n`);
  return isCode ? 2 : 1;
}
