// Names as people write them: which can be known to the whole world, which only at home.

import type { Context } from "../context.ts";
import type { LookupFacts } from "../facts/dns.ts";

/** Ends that no public name server knows. Source: RFC 6761, RFC 8375, ICANN's .internal. */
const INSIDE = /\.(?:internal|local|lan|home|corp|intranet|private|home\.arpa|test|localhost|svc|cluster)$/i;

/** True for a name that public name servers can be asked for. */
export function isPublicName(host: string): boolean {
  return host.includes(".") && !INSIDE.test(host) && !/^[\d.]+$/.test(host) && !host.includes(":");
}

/** True when the name is Anthropic's own: only then its addresses are published. */
export function isAnthropic(ctx: Context, lookup: LookupFacts): boolean {
  return ctx.target.official && ctx.target.platform === "anthropic" && lookup.of === "target";
}

/** Whose name it is, for titles. */
export function whose({ of, host }: LookupFacts): { readonly en: string; readonly zh: string } {
  return of === "proxy" ? { en: `the proxy's name ${host}`, zh: `代理的域名 ${host}` } : { en: host, zh: host };
}
