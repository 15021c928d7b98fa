// The start screen: where it listens, with which key, and what to paste.

import { type Paint, paintFor, type Terminal } from "../terminal.ts";
import type { Snippets } from "./snippets.ts";
import { type Language, WORDS } from "./words.ts";

/** What there is to show. */
export interface Started {
  readonly url: string;
  readonly adminUrl: string;
  readonly key: string;
  readonly logFile: string;
  readonly simulator?: {
    readonly regions: ReadonlyArray<{ readonly name: string; readonly url: string }>;
    readonly controlUrl: string;
  };
  readonly snippets: Snippets;
}

/** The whole screen, a line break at its end. */
export function startScreen(started: Started, language: Language, terminal: Terminal): string {
  const paint = paintFor(terminal.out, terminal.env);
  const words = WORDS[language];
  const labels = [words.address, words.key, words.upstream, words.metrics, words.log];
  const width = Math.max(...labels.map(columns));
  const row = (label: string, value: string) => `  ${paint.dim(label + " ".repeat(width - columns(label)))}  ${value}`;
  const { simulator, snippets } = started;
  const lines = [
    "",
    `  ${paint.bold(words.up)}`,
    "",
    row(words.address, paint.accent(started.url)),
    row(words.key, paint.accent(started.key)),
    row(words.upstream, simulator === undefined ? words.anthropic : words.simulated),
    ...(simulator?.regions ?? []).map(({ name, url }) => row("", `${words.region} ${name.padEnd(7)} ${url}`)),
    row(words.metrics, `${started.adminUrl}/metrics`),
    row(words.log, started.logFile),
    "",
    `  ${paint.bold(words.paste)}`,
    ...block(words.curl, snippets.curl, paint),
    ...block(words.curlStream, snippets.curlStream, paint),
    ...block(words.sdk, snippets.sdk, paint),
    ...block(words.claudeCode, snippets.claudeCode, paint),
    ...block("fairlead ask", snippets.ask, paint),
    ...(simulator === undefined ? [] : block(words.breakIt, breakFirst(simulator), paint)),
    "",
    `  ${paint.dim(words.stop)}`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function breakFirst(simulator: NonNullable<Started["simulator"]>): string {
  const rule = { kind: "overloaded", filter: { region: simulator.regions[0]?.name ?? "" }, pattern: { times: 3 } };
  return `curl -sS ${simulator.controlUrl}/_simulator/faults -d '${JSON.stringify(rule)}'`;
}

/** A title and a snippet; the snippet begins at the first column so that it can be selected and pasted whole. */
function block(title: string, snippet: string, paint: Paint): string[] {
  return ["", `  ${paint.dim(`# ${title}`)}`, snippet];
}

/** Columns on a terminal: Chinese characters take two. */
function columns(text: string): number {
  let width = 0;
  for (const one of text) width += one >= "\u2e80" ? 2 : 1;
  return width;
}
