// Which finding becomes the verdict, what is a consequence, and when nothing can be said.

import { describe, expect, it } from "vitest";
import type { Context } from "./context.ts";
import type { FactName, Facts } from "./facts.ts";
import type { Match, Rule, Severity } from "./finding.ts";
import type { Probed } from "./graph.ts";
import type { Layer } from "./layer.ts";
import type { Probe, Status } from "./probe.ts";
import { conclude } from "./verdict.ts";

const words = (text: string) => ({ en: text, zh: text });
const ctx = {} as Context;

function rule(
  code: string,
  layer: Layer,
  severity: Severity,
  match: Partial<Match> | undefined,
  yieldsTo: string[] = [],
): Rule {
  return {
    code,
    layer,
    severity,
    title: words(code),
    meaning: words(code),
    advice: words(code),
    sources: [],
    yieldsTo,
    match: () =>
      match === undefined
        ? undefined
        : { confidence: 0.9, evidence: [], title: words(code), why: words(code), fix: [], explains: [], ...match },
  };
}

function probed(id: FactName, status: Status, more: { required?: boolean | "asked"; unlooked?: boolean } = {}): Probed {
  const probe = { id, layer: "tcp", title: words(id), after: [], required: more.required ?? false } as unknown as Probe;
  return { probe, status, note: words(""), ms: 1, unlooked: more.unlooked ?? false };
}

const judge = (rules: Rule[], seen: Probed[] = []) => conclude(rules, {} as Facts, ctx, seen);

describe("conclude", () => {
  it("is whole when all that is required ran and nothing was found", () => {
    expect(judge([], [probed("tcp.connect", "pass", { required: true })])).toMatchObject({
      state: "whole",
      verdict: undefined,
      findings: [],
    });
  });

  it("never calls a line whole when something required was not looked at, or failed unexplained", () => {
    expect(judge([], [probed("tls.handshake", "skip", { required: true, unlooked: true })]).state).toBe("undecided");
    expect(judge([], [probed("tls.handshake", "fail", { required: true })]).state).toBe("undecided");
    // What is not required may be missing.
    expect(judge([], [probed("http.hosts", "skip", { unlooked: true }), probed("dns.external", "fail")]).state).toBe(
      "whole",
    );
  });

  it("doubts the line for a question that was asked and not answered, not for one that need not be asked", () => {
    const required = "asked" as const;
    expect(judge([], [probed("credentials.accepted", "fail", { required })]).state).toBe("undecided");
    expect(judge([], [probed("credentials.accepted", "skip", { required, unlooked: true })]).state).toBe("undecided");
    expect(judge([], [probed("credentials.accepted", "skip", { required })]).state).toBe("whole");
  });

  it("tells both of two faults, the one nearer to the program first, even when the other explains more", () => {
    const { verdict, findings, state } = judge(
      [
        rule("AUTH_B", "credentials", "error", { explains: ["http.hello", "credentials.accepted"] }),
        rule("DNS_A", "dns", "error", { explains: ["dns.lookup"] }),
      ],
      [probed("http.hello", "fail"), probed("credentials.accepted", "fail"), probed("dns.lookup", "fail")],
    );
    expect(verdict?.rule.code).toBe("DNS_A");
    expect(findings.map(({ rule: { code } }) => code)).toEqual(["DNS_A", "AUTH_B"]);
    expect(state).toBe("broken");
  });

  it("leaves out what is only a consequence", () => {
    const { findings } = judge([
      rule("TCP_B", "tcp", "error", {}, ["DNS_A"]),
      rule("DNS_A", "dns", "error", {}),
      rule("TCP_C", "tcp", "error", {}, ["DNS_Z"]),
    ]);
    expect(findings.map(({ rule: { code } }) => code)).toEqual(["DNS_A", "TCP_C"]);
  });

  it("puts a fault before a warning and keeps the line whole with a warning alone", () => {
    const warning = rule("ENV_W", "environment", "warning", {});
    expect(judge([warning, rule("AUTH_E", "credentials", "error", {})]).verdict?.rule.code).toBe("AUTH_E");
    expect(judge([warning])).toMatchObject({ state: "whole", verdict: { rule: { code: "ENV_W" } } });
    expect(judge([rule("ENV_I", "environment", "info", {})])).toMatchObject({ state: "whole", verdict: undefined });
    // The same cause can be harmless: the match says so.
    expect(judge([rule("TLS_E", "tls", "error", { severity: "info" })]).state).toBe("whole");
  });

  it("shows a runner-up only when it is unsure, and a guess never before what is known", () => {
    const unsure = judge([
      rule("TCP_A", "tcp", "error", { confidence: 0.6 }),
      rule("TLS_B", "tls", "error", { confidence: 0.7 }),
    ]);
    expect(unsure).toMatchObject({ verdict: { rule: { code: "TCP_A" } }, runnerUp: { rule: { code: "TLS_B" } } });
    expect(judge([rule("TCP_A", "tcp", "error", {}), rule("TLS_B", "tls", "error", {})]).runnerUp).toBeUndefined();
    const guess = judge([
      rule("ENV_A", "environment", "error", { confidence: 0.3 }),
      rule("TLS_B", "tls", "error", {}),
    ]);
    expect(guess.verdict?.rule.code).toBe("TLS_B");
  });

  it("prefers, within a layer, what explains more of what failed", () => {
    const { verdict } = judge(
      [
        rule("TCP_A", "tcp", "error", { explains: ["tcp.race"] }),
        rule("TCP_B", "tcp", "error", { explains: ["tcp.connect"] }),
      ],
      [probed("tcp.race", "warn"), probed("tcp.connect", "fail")],
    );
    expect(verdict?.rule.code).toBe("TCP_B");
  });
});
