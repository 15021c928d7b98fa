// docs/ledger-proof.md from the parts that were played.

import type { KillResult } from "./kill-run.ts";
import type { Estimated } from "./settlement.ts";

/** One run that was kept. */
export interface Part extends Omit<KillResult, "byPoint" | "harmed"> {
  readonly store: string;
  /** `driven`: the meter in a process with a scripted upstream; `sockets`: whole gateways, simulator and clients. */
  readonly form: "driven" | "sockets";
  readonly seed: string;
  readonly day: string;
  /** How often what runs was counted, milliseconds; undefined in parts of before, which wrote it down far less often. */
  readonly countedMs?: number | undefined;
  /** Share of the answers at a model's pace, of whole gateways. */
  readonly slowShare?: number | undefined;
  /** Differences between the ledger and the upstream's report before and after `fairlead reconcile --settle`. */
  readonly offBefore?: number | undefined;
  readonly offAfter?: number | undefined;
  readonly byPoint: ReadonlyArray<readonly [string, number]>;
  readonly harmed: ReadonlyArray<readonly [string, number]>;
}

/** The document. */
export function proofDocument(parts: readonly Part[]): string {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const name = `${part.form} ${part.store}`;
    groups.set(name, [...(groups.get(name) ?? []), part]);
  }
  const days = [...new Set(parts.map(({ day }) => day))].sort().join(", ");
  return `<!-- Written by \`npm run ledger:kill\` from docs/ledger-proof.json; do not edit. -->
# The ledger under kills

Processes that write the ledger are killed with SIGKILL, one after the other, in one data folder and on one store; the next
one takes over what the last one left. Meanwhile tails of segments are torn, and the store is locked, paused, or killed and
started again. In the end the rows of the store are compared, attempt by attempt, with the bill that the upstream kept.

- Command: \`npm run ledger:kill -- --store sqlite|postgres --kills N --seed TEXT\`, with \`--sockets\` for whole gateways; each part below is one seed
- Played: ${days}, Node ${process.versions.node}

**driven**: the meter, the books, the spool and the shipper as the gateway runs them, in a process of their own; the upstream
is a script in the same process that writes its bill to disk before it answers. Kills: at each point of the ledger's work in
turn (\`started\` the record is written, \`sent\`, \`progress\`, \`ending\` before the last record, \`writing\` in the middle of
a write, \`final\`, \`shipping\` before the transaction, \`committed\` between it and the removal of the segment, \`removed\`),
every tenth at a random moment.
**sockets**: \`fairlead gateway\` as a process, killed at random moments, between real clients and a real simulator, whose own
bill is compared.

| | ${[...groups.keys()].join(" | ")} |
|---|${[...groups.keys()].map(() => "---:|").join("")}
${ROWS.map(([name, cell]) => `| ${name} | ${[...groups.values()].map((group) => cell(group)).join(" | ")} |`).join("\n")}

In **sockets** prompts are short, and of each run a share of the answers (${shares(parts)}) comes at 600 tokens a second, so
that what the upstream produces until it hears of an end weighs much; the others come at once. A fifth of the answers comes in
one piece, and of those a killed gateway knows no token of output. What is left of it is booked by \`fairlead reconcile --settle\`
from the upstream's own report: the last row but one says what differed before and after. Each process is killed while its clients ask.

Settled rows are those whose counts are the upstream's last word. Estimated ones are marked in the ledger: of answers that
were cut or left, and of attempts that a process died on; theirs is what the last record knew. An attempt that was killed
between its first record and the wire has a row too, which is marked as crashed; nobody billed it.

${[...groups].map(([name, group]) => `**${name}**, killed at: ${tally(group, "byPoint")}. Harm: ${tally(group, "harmed")}; torn tails: ${total(group, (one) => one.tornTails)}.`).join("\n\n")}
`;
}

const ROWS: ReadonlyArray<readonly [string, (group: readonly Part[]) => string]> = [
  ["processes killed", (group) => number(total(group, (one) => killed(one)))],
  ["attempts that the upstream saw", (group) => number(total(group, (one) => one.billed))],
  ["rows in the store", (group) => number(total(group, (one) => one.rows))],
  ["**rows lost**", (group) => `**${number(total(group, (one) => one.lost))}**`],
  ["**rows double**", (group) => `**${number(total(group, (one) => one.double))}**`],
  ["settled rows", (group) => number(total(group, (one) => one.settled))],
  ["**of them, wrong**", (group) => `**${number(total(group, (one) => one.wrong))}**`],
  ["**token drift of settled rows**", (group) => `**${number(total(group, (one) => one.drift))}**`],
  ["rows of cut and left answers, drift of their tokens", (group) => drift(group, "aborted")],
  ["rows of attempts that a process died on, drift", (group) => drift(newest(group), "crashed")],
  ["of attempts that never reached the upstream", (group) => number(total(group, (one) => one.unseen))],
  ["rows shipped again, without effect", (group) => number(total(group, (one) => one.shippedTwice))],
  ["sums of the store are those of its rows", (group) => (group.every((one) => one.sumsHold) ? "yes" : "no")],
  ["differences to the upstream's report, estimates settled from it", (group) => settled(group)],
  ["seconds", (group) => number(Math.round(total(group, (one) => one.seconds)))],
];

/** Those that count as often as it is done now, if there are any. */
function newest(group: readonly Part[]): readonly Part[] {
  const counted = group.filter(({ countedMs }) => countedMs !== undefined);
  return counted.length > 0 ? counted : group;
}

function shares(parts: readonly Part[]): string {
  const sockets = parts.filter(({ form }) => form === "sockets");
  return [...new Set(sockets.map(({ slowShare = 1 }) => `${Math.round(slowShare * 100)} %`))].sort().join(" or ");
}

function settled(group: readonly Part[]): string {
  const asked = group.filter(({ offAfter }) => offAfter !== undefined);
  if (asked.length === 0) return "not asked";
  return `${number(total(asked, (one) => one.offBefore ?? 0))} before, **${number(total(asked, (one) => one.offAfter ?? 0))}** after`;
}

function killed(part: Part): number {
  return part.byPoint.reduce((sum, [point, times]) => sum + (point === "ended first" ? 0 : times), 0);
}

function drift(group: readonly Part[], kind: "aborted" | "crashed"): string {
  const sum: Estimated = { rows: 0, told: 0, billed: 0 };
  for (const part of group) {
    sum.rows += part[kind].rows;
    sum.told += part[kind].told;
    sum.billed += part[kind].billed;
  }
  const share = sum.billed === 0 ? 0 : ((sum.told - sum.billed) / sum.billed) * 100;
  return `${number(sum.rows)}, ${share.toFixed(2)} %`;
}

function tally(group: readonly Part[], of: "byPoint" | "harmed"): string {
  const sums = new Map<string, number>();
  for (const part of group) for (const [name, times] of part[of]) sums.set(name, (sums.get(name) ?? 0) + times);
  return sums.size === 0 ? "none" : [...sums].map(([name, times]) => `${name} ${times}`).join(", ");
}

function total(group: readonly Part[], of: (part: Part) => number): number {
  return group.reduce((sum, part) => sum + of(part), 0);
}

function number(value: number): string {
  return value.toLocaleString("en");
}
