// docs/mutants.md: each planted fault with the test that noticed it.

import type { Verdict } from "./crew.ts";
import type { Mutant } from "./mutant.ts";

/**
 * The page: sections of the policies that were run, and those of the others as they stand.
 * @param all every fault there is
 * @param before the page as it is, empty when there is none
 */
export function mutantsDocument(all: readonly Mutant[], verdicts: readonly Verdict[], before: string): string {
  const policies = [...new Set(all.map(({ policy }) => policy))];
  const old = sectionsOf(before);
  const sections = policies.map((policy) => sectionFor(policy, verdicts) ?? old.get(policy)).filter(Boolean);
  return `<!-- Written by \`npm run mutants -- --document\`; do not edit. -->

# Planted faults

Would the tests notice if a policy went wrong? Each fault below is planted in a copy of the sources, one at a time, and one of
the tests that are named for it must then fail. The table names the first that did. \`npm run mutants -- --document\` writes it and
exits with 1 when a fault goes unnoticed; \`npm test\` plants four of them, chosen by chance, and checks that every fault still
has its place in the sources. There are ${all.length} faults of ${policies.length} policies and mechanics, in \`tests/mutants/faults/\`. Paths begin at
\`packages/engine/src\`.

${sections.join("\n")}`;
}

function sectionFor(policy: string, verdicts: readonly Verdict[]): string | undefined {
  const rows = verdicts
    .filter(({ mutant }) => mutant.policy === policy)
    .map(({ mutant, by }) => `| ${cell(mutant.what)} | ${cell(short(mutant.file))} | ${cell(short(by))} |`);
  if (rows.length === 0) return undefined;
  return `## ${policy}\n\n| what goes wrong | planted in | noticed by |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function sectionsOf(page: string): ReadonlyMap<string, string> {
  const parts = page.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), `## ${part.trimEnd()}\n`]));
}

function short(path: string): string {
  return path.replaceAll("packages/engine/src/", "");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
