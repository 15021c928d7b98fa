// The shape that rules about refusals of a proxy have in common.

import type { Context } from "../context.ts";
import type { TunnelAttempt } from "../facts/proxy.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Match, Rule } from "../finding.ts";
import type { Words } from "../words.ts";
import { evidenceOf, letterOf, type ProxyView, viewOf } from "./proxy-reading.ts";

const BEHIND = ["proxy.tunnel", "tls.handshake", "http.hello"];

/** A rule for one kind of refusal. */
export interface RefusalRule {
  readonly code: string;
  readonly title: Words;
  readonly meaning: Words;
  readonly advice: Words;
  readonly sources: readonly string[];
  readonly says?: readonly RegExp[];
  readonly yieldsTo?: readonly string[];
  /** Confidence when it applies; undefined = it does not. */
  applies(view: ProxyView, failed: TunnelAttempt, facts: Facts): number | undefined;
  told(view: ProxyView, failed: TunnelAttempt): { readonly title: Words; readonly why: Words };
  fix(view: ProxyView, ctx: Context, facts: Facts): readonly Fix[];
  ask?(view: ProxyView, failed: TunnelAttempt, ctx: Context): Words;
}

/** Makes the rule of it. A local address that went to the proxy goes before every refusal. */
export function refusalRule(one: RefusalRule): Rule {
  const { code, title, meaning, advice, sources, says, yieldsTo } = one;
  const match = (facts: Facts, ctx: Context): Match | undefined => {
    const view = viewOf(facts, ctx);
    const failed = view?.failed;
    if (view === undefined || failed === undefined) return undefined;
    const confidence = one.applies(view, failed, facts);
    if (confidence === undefined) return undefined;
    const ask = one.ask?.(view, failed, ctx);
    return {
      confidence,
      evidence: evidenceOf(view),
      ...one.told(view, failed),
      fix: one.fix(view, ctx, facts),
      ...(ask === undefined ? {} : { letter: letterOf(view, ctx, ask) }),
      explains: BEHIND,
    };
  };
  return {
    code,
    layer: "proxy",
    severity: "error",
    title,
    meaning,
    advice,
    sources,
    ...(says === undefined ? {} : { says }),
    yieldsTo: ["PROXY_LOOPBACK_THROUGH", ...(yieldsTo ?? [])],
    match,
  };
}
