// Builds rules about answers: what all of them have in common.

import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Letter, Match, Rule, Severity } from "../finding.ts";
import { evidenceOf, exchangesOf } from "../http/reading.ts";
import type { Words } from "../words.ts";

/** What a rule of this kind says of the facts; what is left out is the rule's own. */
export interface Seen {
  readonly title?: Words;
  readonly why?: Words;
  /** Default 0.95. */
  readonly confidence?: number;
  readonly severity?: Severity;
  /** Answers that speak for it; each becomes a line of evidence. */
  readonly by: readonly Exchanged[];
  readonly evidence?: readonly Evidence[];
  readonly fix: readonly Fix[];
  readonly letter?: Letter;
}

/** Probes that see answers: what makes them fail is explained by whoever wrote those. */
const EXPLAINS = [
  "http.hello",
  "http.past",
  "credentials.accepted",
  "account.count",
  "account.message",
  "streaming.answer",
];

/** A rule from its texts and its look at the facts. */
export function exchangeRule(told: Omit<Rule, "match">, look: (facts: Facts, ctx: Context) => Seen | undefined): Rule {
  return {
    ...told,
    match(facts, ctx): Match | undefined {
      const seen = look(facts, ctx);
      if (seen === undefined) return undefined;
      return {
        confidence: seen.confidence ?? 0.95,
        ...(seen.severity === undefined ? {} : { severity: seen.severity }),
        evidence: [...seen.by.map(evidenceOf), ...(seen.evidence ?? [])],
        title: seen.title ?? told.title,
        why: seen.why ?? told.meaning,
        fix: seen.fix,
        ...(seen.letter === undefined ? {} : { letter: seen.letter }),
        explains: EXPLAINS,
      };
    },
  };
}

/** The answers that fit, at most two. */
export function answersWhere(facts: Facts, fits: (one: Exchanged) => boolean): readonly Exchanged[] {
  return exchangesOf(facts).filter(fits).slice(0, 2);
}

/** A fix that is a sentence, with commands for any shell where there are some. */
export function advise(en: string, zh: string, commands: readonly string[] = []): Fix {
  return { os: "any", shell: "any", commands, note: { en, zh } };
}

/** Pages that several rules name. */
export const PAGES = {
  errors: "https://platform.claude.com/docs/en/api/errors",
  codeErrors: "https://code.claude.com/docs/en/errors",
  network: "https://code.claude.com/docs/en/network-config",
  gateway: "https://code.claude.com/docs/en/llm-gateway-connect",
  protocol: "https://code.claude.com/docs/en/llm-gateway-protocol",
  regions: "https://www.anthropic.com/supported-countries",
  status: "https://status.claude.com",
  keys: "https://platform.claude.com/settings/keys",
  install: "https://code.claude.com/docs/en/troubleshoot-install",
} as const;
