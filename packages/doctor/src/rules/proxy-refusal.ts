// The shape that rules about refusals of a proxy have in common.

import type { Context } from "../context.ts";
import { textOf } from "../environment/proxy-url.ts";
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

/** Makers of web servers, as they name themselves. */
const WEB_SERVER =
  /nginx|openresty|apache|httpd|caddy|iis|lighttpd|jetty|tomcat|simplehttp|werkzeug|uvicorn|gunicorn|express/i;

/**
 * True when CONNECT was answered as web servers answer a method that they do not know (501, 405, and 400 or 404 by one that
 * gives its name), or pages are served there to everybody.
 */
export function isWebServer({ tunnel }: ProxyView, { status, headers, phase }: TunnelAttempt): boolean {
  if (phase !== "connect" || tunnel?.control?.ok === true) return false;
  if (tunnel?.speaks === "web" || status === 501 || status === 405) return true;
  const server = headers.find(([name]) => /^server$/i.test(name))?.[1] ?? "";
  return (status === 400 || status === 404) && WEB_SERVER.test(server);
}

/** The value of the setting is the address of a script that tells proxies (PAC), not of a proxy. */
export function isPac({ choice }: ProxyView): boolean {
  return /^\s*[a-z]+:\/\/[^/]+\/\S*\.(?:pac|dat)\b/i.test(textOf(choice.from));
}
