// The report as Markdown: for a ticket or a thread.

import type { Report, ReportedFinding } from "../report.ts";
import type { Language } from "../words.ts";
import { fill, LAYER_NAMES, OS_NAMES, PHRASES, SEVERITY_NAMES, SHELL_NAMES, STATUS_NAMES } from "./phrases.ts";

/** The page. */
export function markdownPage(report: Report): string {
  const { language, target, verdict } = report;
  const words = (name: keyof typeof PHRASES) => PHRASES[name][language];
  const told = new Set([verdict?.code, report.runner_up?.code]);
  const others = report.findings.filter(({ code }) => !told.has(code));
  const state = report.state === "whole" ? words("whole") : words("undecided");
  return [
    `# ${words("report")}`,
    words("masked"),
    table(
      [words("name"), words("value")],
      [
        [words("target"), `${target.url} (${target.platform}; ${target.source})`],
        [words("program"), `${target.as} ${target.as_version ?? ""}`.trim()],
        [words("way"), target.via],
        [
          words("machine"),
          `${report.machine.os}, Node ${report.machine.node}, fairlead doctor ${report.machine.doctor}`,
        ],
        [words("began"), `${report.began_at}, ${(report.duration_ms / 1_000).toFixed(1)} s`],
      ],
    ),
    ...(verdict === null ? [`## ${state}`] : findingParts(verdict, language, 2)),
    ...(verdict === null || report.runner_up === null
      ? []
      : [
          `## ${fill(words("unsure"), { percent: Math.round(verdict.confidence * 100) })}`,
          ...findingParts(report.runner_up, language, 3),
        ]),
    ...(others.length === 0 ? [] : [`## ${words("also")}`, ...others.flatMap((one) => findingParts(one, language, 3))]),
    `## ${words("probes")}`,
    table(
      [words("status"), words("layer"), words("check"), words("time"), words("seen")],
      report.probes.map((probe) => [
        STATUS_NAMES[probe.status][language],
        LAYER_NAMES[probe.layer][language],
        `${probe.title} (\`${probe.id}\`)`,
        probe.status === "skip" ? "" : `${probe.ms} ms`,
        probe.note,
      ]),
    ),
    `## ${words("environment")}`,
    table(
      [words("name"), words("value"), words("source"), words("effective")],
      report.environment.map(({ name, value_masked, source, effective }) => [
        name,
        value_masked,
        source,
        words(effective ? "yes" : "no"),
      ]),
    ),
    `## ${words("facts")}`,
    ...report.probes
      .filter(({ facts }) => facts !== null)
      .map(
        ({ id, facts }) =>
          `<details><summary>${id}</summary>\n\n${fence(JSON.stringify(facts, undefined, 2), "json")}\n\n</details>`,
      ),
    "",
  ].join("\n\n");
}

function findingParts(finding: ReportedFinding, language: Language, level: number): string[] {
  const head = (name: keyof typeof PHRASES) => `${"#".repeat(level + 1)} ${PHRASES[name][language]}`;
  const { code, severity, confidence, layer } = finding;
  return [
    `${"#".repeat(level)} ${text(finding.title)}`,
    `\`${code}\`, ${LAYER_NAMES[layer][language]}, ${SEVERITY_NAMES[severity][language]}, ${PHRASES.confidence[language]} ${Math.round(confidence * 100)} %`,
    text(finding.why),
    ...(finding.evidence.length === 0
      ? []
      : [head("evidence"), finding.evidence.map((one) => `- ${text(one)}`).join("\n")]),
    ...(finding.fix.length === 0 ? [] : [head("fix")]),
    ...finding.fix.flatMap(({ os, shell, commands, note }) => {
      const place = [OS_NAMES[os], SHELL_NAMES[shell]].filter(Boolean).join(", ");
      const lead = place === "" ? text(note) : `**${place}** ${text(note)}`.trim();
      return [...(lead === "" ? [] : [lead]), ...(commands.length === 0 ? [] : [fence(commands.join("\n"), "sh")])];
    }),
    ...(finding.letter === undefined ? [] : [head("letter"), fence(finding.letter, "text")]),
    ...(finding.sources.length === 0
      ? []
      : [`${PHRASES.sources[language]}: ${finding.sources.map((one) => `<${one}>`).join(", ")}`]),
  ];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells
      .map((cell) =>
        text(cell)
          .replaceAll("|", "\\|")
          .replace(/\s*\n\s*/g, " "),
      )
      .join(" | ")} |`;
  return [line(heads), `|${heads.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

/** Text in which nothing is taken for HTML. */
function text(plain: string): string {
  return plain.replaceAll("<", "&lt;");
}

/** A block that no text can break out of. */
function fence(inner: string, language: string): string {
  const longest = Math.max(2, ...[...inner.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${inner}\n${ticks}`;
}
