// Makes the report: one examination in one language, with everything masked that must not leave the machine.

import { formatRfc3339 } from "@fairlead/protocol";
import type { Context } from "../context.ts";
import type { Environment, ProxyDecision, Setting, Source } from "../environment/environment.ts";
import type { Facts } from "../facts.ts";
import type { Finding, Fix } from "../finding.ts";
import type { Probed } from "../graph.ts";
import type { Machine } from "../machine.ts";
import { type Report, type ReportedFinding, type ReportedFix, SCHEMA } from "../report.ts";
import { Secret } from "../secret.ts";
import type { Conclusion } from "../verdict.ts";
import { VERSION } from "../version.ts";
import type { Language } from "../words.ts";
import { letterText } from "./letter.ts";
import { commandMaskerOf, type Mask, maskerOf, shownValue } from "./masker.ts";
import { fill, PHRASES, SOURCE_NAMES } from "./phrases.ts";

/** The report of one examination. `beganAtWallMs` is milliseconds since 1970, `durationMs` milliseconds. */
export function reportOf(
  context: Context,
  facts: Facts,
  probed: readonly Probed[],
  conclusion: Conclusion,
  beganAtWallMs: number,
  durationMs: number,
): Report {
  const { environment, machine, options } = context;
  const { language } = options;
  const mask = maskerOf(machine, environment, context.target.url);
  const began = formatRfc3339(beganAtWallMs);
  const told = (finding: Finding) => reportedFinding(finding, context, mask, began);
  return {
    schema: SCHEMA,
    language,
    target: targetOf(context, mask),
    state: conclusion.state,
    verdict: conclusion.verdict === undefined ? null : told(conclusion.verdict),
    runner_up: conclusion.runnerUp === undefined ? null : told(conclusion.runnerUp),
    findings: conclusion.findings.map(told),
    probes: probed.map(({ probe, status, note, ms }) => ({
      id: probe.id,
      layer: probe.layer,
      title: probe.title[language],
      status,
      ms,
      note: mask(note[language]),
      facts: plain(facts[probe.id], mask) ?? null,
    })),
    environment: settingsOf(environment, language, mask),
    machine: { os: osOf(machine), node: machine.nodeVersion, doctor: VERSION },
    began_at: began,
    duration_ms: Math.round(durationMs),
  };
}

/** What is looked at, as which program, which way. */
export function targetOf({ environment, options, target }: Context, mask: Mask): Report["target"] {
  const { language } = options;
  const unset = options.target === undefined ? SOURCE_NAMES.default[language] : "--target";
  return {
    url: mask(bareUrl(target.url)),
    platform: target.platform,
    source: target.from === undefined ? unset : mask(placeOf(target.from, language)),
    as: environment.client,
    as_version: environment.clientVersion ?? null,
    via: mask(wayOf(environment.proxyFor(target.url), language)),
  };
}

/** Operating system of the machine in the words of a fix. */
export function osFamily(machine: Pick<Machine, "platform">): "linux" | "macos" | "windows" {
  return machine.platform === "win32" ? "windows" : machine.platform === "darwin" ? "macos" : "linux";
}

/** True when a fix is for this machine and its shell. */
export function isForHere(fix: Pick<Fix, "os" | "shell">, machine: Pick<Machine, "platform" | "shell">): boolean {
  return (fix.os === "any" || fix.os === osFamily(machine)) && (fix.shell === "any" || fix.shell === machine.shell);
}

/** Where a value is set, in words: `ANTHROPIC_BASE_URL, ~/.claude/settings.json line 4`. */
export function placeOf(setting: Setting, language: Language): string {
  return `${setting.name}${language === "zh" ? "，" : ", "}${sourceOf(setting.source, language)}`;
}

function sourceOf(source: Source, language: Language): string {
  if (source.path === undefined) return SOURCE_NAMES[source.kind][language];
  if (source.line === undefined) return source.path;
  return language === "zh" ? `${source.path} 第 ${source.line} 行` : `${source.path} line ${source.line}`;
}

function reportedFinding(finding: Finding, context: Context, mask: Mask, began: string): ReportedFinding {
  const { machine, options } = context;
  const { language } = options;
  const { rule } = finding;
  const fix = [...finding.fix].sort((a, b) => Number(isForHere(b, machine)) - Number(isForHere(a, machine)));
  const letter = finding.letter;
  return {
    code: rule.code,
    layer: rule.layer,
    severity: finding.severity,
    confidence: Math.round(Math.min(Math.max(finding.confidence, 0), 1) * 100) / 100,
    title: mask(finding.title[language]),
    why: mask(finding.why[language]),
    evidence: finding.evidence.map((one) => mask(one[language])),
    fix: fix.map((one) => reportedFix(one, context, mask)),
    ...(letter === undefined ? {} : { letter: mask(letterText(letter, rule.code, began, language)) }),
    sources: rule.sources,
  };
}

function reportedFix(fix: Fix, { machine, environment, options, target }: Context, mask: Mask): ReportedFix {
  const command = commandMaskerOf(machine, environment, fix.shell === "any" ? machine.shell : fix.shell, target.url);
  return {
    os: fix.os,
    shell: fix.shell,
    commands: fix.commands.map(command),
    note: mask(fix.note[options.language]),
  };
}

function wayOf(decision: ProxyDecision, language: Language): string {
  if (decision.use === "direct") return PHRASES.direct[language];
  if (decision.use === "broken") return fill(PHRASES.proxyBroken[language], { from: placeOf(decision.by, language) });
  const { scheme, host, port, from } = decision.proxy;
  const proxy = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return fill(PHRASES.viaProxy[language], { proxy, from: placeOf(from, language) });
}

function settingsOf(environment: Environment, language: Language, mask: Mask): Report["environment"] {
  return [...environment.variables.values()].flatMap(({ effective, all }) =>
    all.map((setting) => ({
      name: setting.name,
      value_masked: mask(shownValue(setting.value)),
      source: mask(sourceOf(setting.source, language)),
      effective: setting === effective,
    })),
  );
}

function bareUrl(url: URL): string {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  bare.search = "";
  return bare.href.replace(/\/$/, "");
}

function osOf(machine: Machine): string {
  const extras = [machine.wsl ? "WSL" : "", machine.container ? "container" : ""].filter(Boolean).join(", ");
  return extras === "" ? osFamily(machine) : `${osFamily(machine)} (${extras})`;
}

/** Facts as plain JSON, masked: what JSON cannot hold becomes text or goes. */
export function plain(value: unknown, mask: Mask, depth = 0): unknown {
  if (value === undefined || typeof value === "function" || typeof value === "symbol" || depth > 12) return undefined;
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") return mask(value);
  if (value instanceof Secret) return shownSecret(value, mask);
  if (value instanceof URL) return mask(bareUrl(value));
  if (value instanceof Uint8Array) return `(${value.byteLength} bytes)`;
  if (value instanceof Map) return plain(Object.fromEntries(value), mask, depth + 1);
  if (value instanceof Set) return plain([...value], mask, depth + 1);
  if (Array.isArray(value)) return value.map((one) => plain(one, mask, depth + 1) ?? null);
  const entries = Object.entries(value).map(([name, one]) => [mask(name), plain(one, mask, depth + 1)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function shownSecret(secret: Secret, mask: Mask): string {
  return mask(shownValue(secret));
}
