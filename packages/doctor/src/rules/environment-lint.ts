// How a fault that was seen in the environment becomes a finding: the parts that all its rules have in common.

import type { Context } from "../context.ts";
import { describeVariable } from "../environment/description.ts";
import type { Setting } from "../environment/environment.ts";
import type { Lint } from "../facts/environment.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Match, Rule } from "../finding.ts";

/** Probes that cannot pass with a credential that is no good, and with an address that is none. */
export const BEHIND_CREDENTIAL = [
  "env.credentials",
  "credentials.accepted",
  "credentials.swap",
  "account.count",
  "account.message",
  "streaming.answer",
];
export const BEHIND_URL = [
  "env.url",
  "dns.lookup",
  "tcp.connect",
  "tls.handshake",
  "http.hello",
  ...BEHIND_CREDENTIAL.slice(1),
];

/** Documents of Claude Code that most rules rest on. */
export const DOCS = {
  settings: "https://code.claude.com/docs/en/settings",
  gateway: "https://code.claude.com/docs/en/llm-gateway-connect",
  authentication: "https://code.claude.com/docs/en/authentication",
  variables: "https://code.claude.com/docs/en/env-vars",
  network: "https://code.claude.com/docs/en/network-config",
  errors: "https://code.claude.com/docs/en/errors",
  install: "https://code.claude.com/docs/en/troubleshoot-install",
  api: "https://platform.claude.com/docs/en/api/errors",
  changelog: "https://github.com/anthropics/claude-code/blob/main/CHANGELOG.md",
} as const;

/** What a rule makes of one fault; the rest of the match comes from the rule. */
export type Reading = Pick<Match, "fix"> & Partial<Match>;

/** A rule about faults that a probe of the environment lists under `problems`. Its layer is the environment unless it says so. */
export function lintRule(
  probe: "env.credentials" | "env.url" | "env.settings",
  problems: readonly string[],
  rule: Omit<Rule, "match" | "layer"> & Partial<Pick<Rule, "layer">>,
  read: (lint: Lint, setting: Setting, facts: Facts, ctx: Context) => Reading | undefined,
): Rule {
  return {
    layer: "environment",
    ...rule,
    match: (facts, ctx) => {
      for (const lint of facts[probe]?.lints ?? []) {
        if (!problems.includes(lint.problem)) continue;
        const setting = settingOf(lint, ctx);
        const reading = read(lint, setting, facts, ctx);
        if (reading === undefined) continue;
        const explains = probe === "env.url" ? BEHIND_URL : probe === "env.credentials" ? BEHIND_CREDENTIAL : [probe];
        return {
          confidence: 0.95,
          title: rule.title,
          why: rule.meaning,
          evidence: [seen(setting)],
          explains,
          ...reading,
        };
      }
      return undefined;
    },
  };
}

/** The setting that a fault is about; its place decides when several places set the name. */
export function settingOf(lint: Lint, ctx: Context): Setting {
  const variable = ctx.environment.variables.get(lint.name);
  const where = lint.where;
  const here = variable?.all.find(({ source }) => where === placeIn(source));
  const helper = lint.name === "apiKeyHelper" ? ctx.environment.keyHelper : undefined;
  return here ?? helper ?? variable?.effective ?? { name: lint.name, value: "", source: { kind: "default" } };
}

function placeIn({ shown, path = shown, line, kind }: Setting["source"]): string {
  const file = shown ?? path;
  return file === undefined ? kind : line === undefined ? file : `${file} line ${line}`;
}

/** The setting, its masked value and its place as evidence. */
export function seen(setting: Setting): Evidence {
  return describeVariable(setting);
}

/** True when the credential was tried and refused. */
export function refused(facts: Facts): boolean {
  return facts["credentials.accepted"]?.outcome === "rejected";
}

/** True when the credential was tried and taken. */
export function accepted(facts: Facts): boolean {
  return facts["credentials.accepted"]?.accepted === true;
}

/** What of the way to the target failed; undefined when nothing did or nothing is known. */
export function brokenAt(facts: Facts): Evidence | undefined {
  const lookup = facts["dns.lookup"];
  if (lookup?.error !== undefined)
    return { en: `${lookup.host}: ${lookup.error}`, zh: `${lookup.host}：${lookup.error}` };
  const connect = facts["tcp.connect"];
  const [failed] = connect?.connects ?? [];
  if (
    connect !== undefined &&
    connect.best === undefined &&
    failed !== undefined &&
    !connect.connects.some(({ ok }) => ok)
  ) {
    const text = `${failed.address} port ${failed.port}: ${failed.error ?? "?"}`;
    return { en: text, zh: text };
  }
  const shaken = facts["tls.handshake"];
  if (shaken !== undefined && shaken.handshakes.length > 0 && !shaken.handshakes.some(({ ok }) => ok)) {
    const text = `TLS: ${shaken.handshakes[0]?.error ?? "?"}`;
    return { en: text, zh: text };
  }
  const hello = facts["http.hello"];
  if (hello !== undefined && !hello.speaksApi) {
    const answer = hello.exchanges.find(({ status }) => status !== undefined);
    const text = answer === undefined ? "" : `: HTTP ${answer.status} ${answer.contentType ?? ""}`.trimEnd();
    return { en: `what answers there is not Claude's API${text}`, zh: `那里应答的不是 Claude 的 API${text}` };
  }
  return undefined;
}

/** The answer to the credential as evidence, when there was one. */
export function refusal(facts: Facts): Evidence[] {
  const tried = facts["credentials.accepted"];
  if (tried?.outcome !== "rejected") return [];
  const { status, errorMessage = "" } = tried.exchange;
  const text = `HTTP ${status ?? "?"}${errorMessage === "" ? "" : ` ${errorMessage}`}`;
  return [
    { en: `The credential from ${tried.name} was refused: ${text}`, zh: `来自 ${tried.name} 的凭据被拒绝：${text}` },
  ];
}
