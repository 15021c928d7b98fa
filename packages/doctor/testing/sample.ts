// A made-up examination for tests of what is printed: a fault, a guess, a warning, secrets in every corner.

import { virtualRuntime } from "@fairlead/runtime";
import type { Context, Options } from "../src/context.ts";
import { findTarget } from "../src/environment/find-target.ts";
import { readEnvironment } from "../src/environment/read-environment.ts";
import type { Facts } from "../src/facts.ts";
import type { Finding, Match, Rule } from "../src/finding.ts";
import type { Probed } from "../src/graph.ts";
import type { Machine } from "../src/machine.ts";
import { reportOf } from "../src/output/report-of.ts";
import type { Report } from "../src/report.ts";
import type { Conclusion } from "../src/verdict.ts";
import type { Language } from "../src/words.ts";
import { fakeMachine, type Parts } from "./fake-machine.ts";

/** Planted: none of these may be in anything that is printed. */
export const PLANTED = {
  key: "sk-ant-api03-PLANTEDkeyPLANTEDkeyPLANTEDkey0001",
  token: "planted+token/with=odd&signs%here",
  proxyPassword: "pl@nted:pass/word",
} as const;

/** A machine with secrets in its environment, its settings and its proxy. */
export function sampleMachine(parts: Parts = {}): Machine {
  const home = parts.home ?? "/home/mallory";
  const password = encodeURIComponent(PLANTED.proxyPassword);
  return fakeMachine({
    ...parts,
    env: {
      ANTHROPIC_API_KEY: PLANTED.key,
      HTTPS_PROXY: `http://alice:${password}@proxy.corp.example:3128`,
      ...parts.env,
    },
    files: {
      [`${home}/.claude/settings.json`]: JSON.stringify({ env: { ANTHROPIC_AUTH_TOKEN: PLANTED.token } }, undefined, 2),
      ...parts.files,
    },
  });
}

/** A context on a machine. */
export async function sampleContext(
  machine: Machine,
  language: Language,
  more: Partial<Options> = {},
): Promise<Context> {
  const options: Options = { deep: false, external: false, spend: false, soakSeconds: 0, language, ...more };
  const rt = virtualRuntime("sample");
  const environment = await readEnvironment(machine, options);
  const target = findTarget(environment, options);
  const wire = { rt, signal: new AbortController().signal, nextConnection: () => 1, record: () => {} };
  return { rt, options, machine, environment, target, wire };
}

const both = (en: string, zh: string) => ({ en, zh });

/** A rule that never matches by itself. */
export function sampleRule(code: string, more: Partial<Rule> = {}): Rule {
  return {
    code,
    layer: "tls",
    severity: "error",
    title: both("The certificate is not trusted", "证书不受信任"),
    meaning: both("Something on the way opens the encryption.", "途中有设备解开了加密。"),
    advice: both("Trust its root.", "信任它的根证书。"),
    sources: ["https://example.com/source"],
    match: () => undefined,
    ...more,
  };
}

/** A finding on the sample machine; its texts hold what has to be masked. */
export function sampleFinding(
  machine: Machine,
  code: string,
  more: Partial<Match & Pick<Finding, "severity">> = {},
): Finding {
  const file = `${machine.home}/.claude/settings.json`;
  return {
    rule: sampleRule(code),
    severity: "error",
    confidence: 0.6,
    title: both(
      "Your company opens the encryption, and this program does not trust it",
      "公司网络解开了加密，而本程序不信任它",
    ),
    why: both(
      `The chain ends in "Corp Root", which ${machine.hostname} trusts and claude-code does not. Seen with ${PLANTED.key}.`,
      `证书链终于 “Corp Root”，${machine.hostname} 信任它，而 claude-code 不信任。见 ${PLANTED.key}。`,
    ),
    evidence: [
      both(`settings at ${file}, user ${machine.user}`, `设置位于 ${file}，用户 ${machine.user}`),
      both(`sent ${encodeURIComponent(PLANTED.token)}`, `发送了 ${encodeURIComponent(PLANTED.token)}`),
    ],
    fix: [
      {
        os: "windows",
        shell: "powershell",
        commands: ["setx NODE_USE_SYSTEM_CA 1"],
        note: both("On Windows", "在 Windows 上"),
      },
      {
        os: "linux",
        shell: "sh",
        commands: [`export NODE_EXTRA_CA_CERTS='${machine.home}/corp root.pem'`, `cat ${machine.home}/corp.pem`],
        note: both("Trust the root.", "信任该根证书。"),
      },
    ],
    letter: {
      ask: both("Please exempt api.anthropic.com from inspection.", "请对 api.anthropic.com 免除检查。"),
      hosts: ["api.anthropic.com:443"],
      seen: [`from ${machine.hostname}: issuer CN=Corp Root`],
    },
    explains: ["tls.handshake"],
    ...more,
  };
}

/** The report of the sample, and what it was made from. */
export async function sampleReport(
  language: Language,
  machine: Machine = sampleMachine(),
  state: Conclusion["state"] = "broken",
): Promise<{ readonly report: Report; readonly context: Context; readonly conclusion: Conclusion }> {
  const context = await sampleContext(machine, language);
  const probed: readonly Probed[] = [
    probedOf("dns.lookup", "dns", "pass", both("160.79.104.10 in 12 ms", "160.79.104.10，12 毫秒")),
    probedOf("tcp.connect", "tcp", "pass", both("160.79.104.10 in 20 ms", "160.79.104.10，20 毫秒")),
    probedOf(
      "tls.handshake",
      "tls",
      state === "broken" ? "fail" : "pass",
      both(`issuer Corp Root on ${machine.hostname}`, "颁发者 Corp Root"),
    ),
    probedOf(
      "http.hello",
      "http",
      "skip",
      both("not looked at: what it builds on failed", "未检查：它所依赖的一步失败了"),
    ),
  ];
  const verdict = sampleFinding(machine, "TLS_SAMPLE");
  const second = sampleFinding(machine, "TLS_OTHER", { confidence: 0.5 });
  const warning = sampleFinding(machine, "ENV_SAMPLE", { severity: "warning", confidence: 1 });
  const conclusion: Conclusion =
    state === "broken"
      ? { verdict, runnerUp: second, findings: [verdict, second, warning], state }
      : { verdict: undefined, runnerUp: undefined, findings: [], state };
  const facts: Facts = {
    "dns.lookup": {
      host: "api.anthropic.com",
      of: "target",
      by: "getaddrinfo",
      late: false,
      hostsPath: "/etc/hosts",
      literal: false,
      ms: 12,
      addresses: [],
      hostsFile: [],
      error: `at ${machine.home}/x: ${PLANTED.key}`,
    },
  };
  return { report: reportOf(context, facts, probed, conclusion, 1_795_000_000_000, 1_234), context, conclusion };
}

function probedOf(id: keyof Facts, layer: Rule["layer"], status: Probed["status"], note: Probed["note"]): Probed {
  const probe = {
    id,
    layer,
    title: both(`title of ${id}`, `${id} 检查`),
    after: [],
    run: () => Promise.resolve({ status, note }),
  };
  return { probe, status, note, ms: 12, unlooked: false };
}
