// What the tests of the environment's rules have in common: made-up machines, examined without a network.

import type { ClientName, Context } from "../src/context.ts";
import type { Facts } from "../src/facts.ts";
import type { Finding, Severity } from "../src/finding.ts";
import { envCredentials } from "../src/probes/env-credentials.ts";
import { envSettings } from "../src/probes/env-settings.ts";
import { envUrl } from "../src/probes/env-url.ts";
import { ENVIRONMENT_RULES } from "../src/rules/environment.ts";
import { fakeMachine, type Parts } from "./fake-machine.ts";
import { sampleContext } from "./sample.ts";

/** The home folder of the machine, and the settings in it. */
export const HOME = "/home/mallory";
export const SETTINGS = `${HOME}/.claude/settings.json`;
/** A key in the form of a real one; no output may hold it. */
export const KEY = "sk-ant-api03-PLANTEDplantedPLANTEDplantedPLANTED-0001";
const EXCHANGE = { method: "GET", path: "/v1/models", ok: true, ms: 9, author: "anthropic-api", headers: [] } as const;

/** What a credential's trial says. */
export function tried(outcome: "accepted" | "rejected", errorMessage = "invalid x-api-key"): Facts {
  const accepted = outcome === "accepted";
  return {
    "credentials.accepted": {
      exchange: { ...EXCHANGE, ok: accepted, status: accepted ? 200 : 401, ...(accepted ? {} : { errorMessage }) },
      name: "ANTHROPIC_API_KEY",
      where: "shell",
      header: "x-api-key",
      accepted,
      outcome,
      by: "models",
      kind: "api-key",
    },
  };
}

/** Runs the probes of the environment, then its rules, over what is known besides. */
export async function examine(
  parts: Parts,
  as: ClientName,
  more: Facts = {},
): Promise<{ ctx: Context; found: Finding[]; statuses: string[] }> {
  const ctx = await sampleContext(fakeMachine(parts), "en", { as });
  const facts: Facts = { ...more };
  const statuses: string[] = [];
  for (const probe of [envSettings, envUrl, envCredentials]) {
    const looked = await probe.run(ctx, facts);
    statuses.push(looked.status);
    (facts as { [id: string]: unknown })[probe.id] = looked.facts;
  }
  const found = ENVIRONMENT_RULES.flatMap((rule): Finding[] => {
    const match = rule.match(facts, ctx);
    return match === undefined ? [] : [{ ...match, rule, severity: match.severity ?? rule.severity }];
  });
  return { ctx, found, statuses };
}

/** A settings file with that `env`. */
export function settings(env: { readonly [name: string]: string | number }): string {
  return JSON.stringify({ model: "opus", env }, undefined, 2);
}

/** One fault, as which program, with what is known besides, and what has to be said. */
export type Row = readonly [
  about: string,
  parts: Parts,
  as: ClientName,
  facts: Facts,
  code: string,
  severity: Severity,
];
