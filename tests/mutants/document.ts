// docs/mutants.md: each planted fault with the test that noticed it.

import type { Verdict } from "./crew.ts";

/** The page. */
export function mutantsDocument(verdicts: readonly Verdict[]): string {
  const policies = [...new Set(verdicts.map(({ mutant }) => mutant.policy))];
  const sections = policies.map((policy) => {
    const rows = verdicts
      .filter(({ mutant }) => mutant.policy === policy)
      .map(({ mutant, by }) => `| ${cell(mutant.what)} | ${cell(short(mutant.file))} | ${cell(short(by))} |`);
    return `## ${policy}\n\n| what goes wrong | planted in | noticed by |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Planted faults

Whether the tests would notice if a policy went wrong: each fault below is planted in a copy of the sources, one at a time,
and the tests named with it must then fail. Written by \`npm run mutants -- --document\`, which exits with 1 when a fault goes
unnoticed; \`npm test\` plants four of them by chance, and checks that every fault still has its place in the sources.
Faults are in \`tests/mutants/faults/\`; ${verdicts.length} of ${policies.length} policies and mechanics. Files and tests are of \`packages/engine/src\` where nothing else is said.

${sections.join("\n")}`;
}

function short(path: string): string {
  return path.replaceAll("packages/engine/src/", "");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
