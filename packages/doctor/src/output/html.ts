// The report as one HTML page that needs nothing else: for IT, for support.

import { LAYERS } from "../layer.ts";
import type { Report, ReportedFinding, ReportedFix } from "../report.ts";
import type { Language } from "../words.ts";
import { fill, LAYER_NAMES, OS_NAMES, PHRASES, SEVERITY_NAMES, SHELL_NAMES, STATUS_NAMES } from "./phrases.ts";

const STYLE = `
:root{color-scheme:light dark;--line:#d0d7de;--dim:#59636e;--bad:#b3261e;--warn:#8a5a00;--good:#1a7f37;--back:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--dim:#9198a1;--bad:#ff7b72;--warn:#d29922;--good:#3fb950;--back:#151b23}}
body{font:16px/1.55 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin-top:2rem}h3{font-size:1rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{border-bottom:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
pre{background:var(--back);border:1px solid var(--line);border-radius:6px;padding:.7rem;white-space:pre-wrap;overflow-wrap:anywhere}
code{font-family:ui-monospace,Menlo,Consolas,monospace}.dim{color:var(--dim)}.fail,.error{color:var(--bad)}.warn,.warning{color:var(--warn)}.pass{color:var(--good)}
.verdict{border:1px solid var(--line);border-left:5px solid var(--bad);border-radius:6px;padding:.2rem 1rem 1rem;margin:1rem 0}
.verdict.warning{border-left-color:var(--warn)}.verdict.whole{border-left-color:var(--good)}
.bar{display:block;height:.6rem;background:var(--dim);border-radius:2px;min-width:2px}
`;

/** The page. */
export function htmlPage(report: Report): string {
  const { language } = report;
  const words = (name: keyof typeof PHRASES) => PHRASES[name][language];
  const told = new Set([report.verdict?.code, report.runner_up?.code]);
  const others = report.findings.filter(({ code }) => !told.has(code));
  const body = [
    `<h1>${safe(words("report"))}</h1>`,
    `<p class="dim">${safe(words("masked"))}</p>`,
    facts(report),
    report.verdict === null ? stateBox(report) : findingBox(report.verdict, language),
    ...(report.runner_up === null || report.verdict === null
      ? []
      : [second(report.verdict, report.runner_up, language)]),
    ...(others.length === 0
      ? []
      : [`<h2>${safe(words("also"))}</h2>`, ...others.map((one) => findingBox(one, language))]),
    `<h2>${safe(words("probes"))}</h2>`,
    probeTable(report),
    `<h2>${safe(words("timeline"))}</h2>`,
    timeline(report),
    `<h2>${safe(words("environment"))}</h2>`,
    settingTable(report),
  ];
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return [
    "<!doctype html>",
    `<html lang="${language === "zh" ? "zh-CN" : "en"}">`,
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<title>${safe(words("report"))}: ${safe(report.verdict?.title ?? report.state)}</title><style>${STYLE}</style></head>`,
    `<body>\n${body.join("\n")}\n</body>`,
    "</html>",
    "",
  ].join("\n");
}

/** Text that means only itself in HTML. */
export function safe(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function facts(report: Report): string {
  const { target, language } = report;
  const words = (name: keyof typeof PHRASES) => PHRASES[name][language];
  const rows: readonly (readonly [string, string])[] = [
    [words("target"), `${target.url} (${target.platform}; ${target.source})`],
    [words("program"), `${target.as} ${target.as_version ?? ""}`.trim()],
    [words("way"), target.via],
    [words("machine"), `${report.machine.os}, Node ${report.machine.node}, fairlead doctor ${report.machine.doctor}`],
    [words("began"), `${report.began_at}, ${(report.duration_ms / 1_000).toFixed(1)} s`],
  ];
  return `<table>${rows.map(([name, value]) => `<tr><th>${safe(name)}</th><td>${safe(value)}</td></tr>`).join("")}</table>`;
}

function stateBox(report: Report): string {
  const text = report.state === "whole" ? PHRASES.whole : PHRASES.undecided;
  return `<div class="verdict ${report.state}"><h2>${safe(text[report.language])}</h2></div>`;
}

function findingBox(finding: ReportedFinding, language: Language): string {
  const words = (name: keyof typeof PHRASES) => safe(PHRASES[name][language]);
  const { code, severity, confidence, layer } = finding;
  const line = `${code} · ${LAYER_NAMES[layer][language]} · ${SEVERITY_NAMES[severity][language]} · ${PHRASES.confidence[language]} ${Math.round(confidence * 100)} %`;
  return [
    `<div class="verdict ${severity}">`,
    `<h2 class="${severity}">${safe(finding.title)}</h2><p class="dim">${safe(line)}</p><p>${safe(finding.why)}</p>`,
    ...(finding.evidence.length === 0
      ? []
      : [`<h3>${words("evidence")}</h3><ul>${finding.evidence.map((one) => `<li>${safe(one)}</li>`).join("")}</ul>`]),
    ...(finding.fix.length === 0 ? [] : [`<h3>${words("fix")}</h3>`, ...finding.fix.map(fixBlock)]),
    ...(finding.letter === undefined ? [] : [`<h3>${words("letter")}</h3><pre>${safe(finding.letter)}</pre>`]),
    ...(finding.sources.length === 0
      ? []
      : [`<p class="dim">${words("sources")}: ${finding.sources.map(link).join(", ")}</p>`]),
    "</div>",
  ].join("\n");
}

function fixBlock({ os, shell, commands, note }: ReportedFix): string {
  const place = [OS_NAMES[os], SHELL_NAMES[shell]].filter(Boolean).join(", ");
  const where = place === "" ? "" : `<span class="dim">${safe(place)}</span> `;
  const block = commands.length === 0 ? "" : `<pre><code>${safe(commands.join("\n"))}</code></pre>`;
  return `<p>${where}${safe(note)}</p>${block}`;
}

function link(address: string): string {
  return /^https:\/\//.test(address)
    ? `<a href="${safe(address)}" rel="noreferrer">${safe(address)}</a>`
    : safe(address);
}

function second(first: ReportedFinding, runnerUp: ReportedFinding, language: Language): string {
  const percent = Math.round(first.confidence * 100);
  return `<h2>${safe(fill(PHRASES.unsure[language], { percent }))}</h2>\n${findingBox(runnerUp, language)}`;
}

function probeTable({ probes, language }: Report): string {
  const words = (name: keyof typeof PHRASES) => safe(PHRASES[name][language]);
  const head = (["status", "layer", "check", "time", "seen"] as const)
    .map((name) => `<th>${words(name)}</th>`)
    .join("");
  const rows = probes.map(({ id, layer, title, status, ms, note, facts: found }) => {
    const detail =
      found === null
        ? ""
        : `<details><summary class="dim">${words("facts")}</summary><pre>${safe(JSON.stringify(found, undefined, 2))}</pre></details>`;
    const cells = [
      `<td class="${status}">${safe(STATUS_NAMES[status][language])}</td>`,
      `<td>${safe(LAYER_NAMES[layer][language])}</td>`,
      `<td>${safe(title)}<br><code class="dim">${safe(id)}</code></td>`,
      `<td>${status === "skip" ? "" : `${ms} ms`}</td>`,
      `<td>${safe(note)}${detail}</td>`,
    ];
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

/** How long each check took, beside each other. */
function timeline({ probes, duration_ms, language }: Report): string {
  const ran = probes.filter(({ status }) => status !== "skip");
  const most = Math.max(duration_ms, ...ran.map(({ ms }) => ms), 1);
  const rows = LAYERS.flatMap((layer) =>
    ran
      .filter((probe) => probe.layer === layer)
      .map(
        ({ title, ms }) =>
          `<tr><td>${safe(LAYER_NAMES[layer][language])}</td><td>${safe(title)}</td><td>${ms} ms</td><td style="width:40%"><span class="bar" style="width:${((ms / most) * 100).toFixed(1)}%"></span></td></tr>`,
      ),
  );
  return `<table>${rows.join("\n")}</table>`;
}

function settingTable({ environment, language }: Report): string {
  const words = (name: keyof typeof PHRASES) => safe(PHRASES[name][language]);
  const head = (["name", "value", "source", "effective"] as const).map((name) => `<th>${words(name)}</th>`).join("");
  const rows = environment.map(({ name, value_masked, source, effective }) => {
    const cells = [name, value_masked, source, PHRASES[effective ? "yes" : "no"][language]];
    return `<tr>${cells.map((cell) => `<td>${safe(cell)}</td>`).join("")}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}
