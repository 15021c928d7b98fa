// Whether the program's key may be sent: only to the host that it is set up for, over a line that nobody but its owner reads.

import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import { judge } from "../trust/judge.ts";
import { storesOf } from "../trust/stores.ts";
import type { Opened } from "../wire/way.ts";
import type { Words } from "../words.ts";

/** The answer, with its reason. */
export type Permission =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly problem: "other-host" | "plain-http" | "not-judged" | "untrusted";
      readonly why: Words;
    };

/** Variables that say for which host a platform's credential is meant. */
const BASE_VARIABLES: { readonly [platform: string]: string } = {
  anthropic: "ANTHROPIC_BASE_URL",
  custom: "ANTHROPIC_BASE_URL",
  bedrock: "ANTHROPIC_BEDROCK_BASE_URL",
  vertex: "ANTHROPIC_VERTEX_BASE_URL",
  foundry: "ANTHROPIC_FOUNDRY_BASE_URL",
};

/** Where the program's own default goes. */
const API = "https://api.anthropic.com";

/** Whether the credential may leave for ctx.target at all. Every connection has to pass `carriesKey` on top. */
export function maySend(ctx: Context, facts: Facts): Permission {
  const { target } = ctx;
  const meant = originMeant(ctx);
  const here = originOf(target.url);
  if (here === undefined || meant !== here) {
    const of = meant ?? "?";
    return no(
      "other-host",
      `the key is set up for ${of}, and this is ${here}: not sent`,
      `密钥是为 ${of} 配置的，而此处是 ${here}：不发送`,
    );
  }
  if (!target.tls) {
    const decision = ctx.environment.proxyFor(target.url);
    const best = facts["tcp.connect"]?.best;
    if (isLoopback(bare(target.host)) && decision.use === "direct" && (best === undefined || isLoopback(best)))
      return { ok: true };
    return no("plain-http", "a key is not sent in clear over a network", "不会以明文方式在网络上发送密钥");
  }
  const trust = facts["tls.handshake"]?.trust;
  if (trust === undefined)
    return no("not-judged", "the certificate has not been judged, so no key is sent", "证书尚未验证，因此不发送密钥");
  if (!trust.keySafe)
    return no("untrusted", "the certificate is not one to be trusted, so no key is sent", "证书不可信，因此不发送密钥");
  return { ok: true };
}

/**
 * Whether this very connection is as good as the one that was judged: the same leaf certificate, or another one that is
 * judged now; for a clear one, that it really ends on this machine.
 */
export function carriesKey(ctx: Context, facts: Facts, opened: Opened): boolean {
  if (!maySend(ctx, facts).ok) return false;
  if (!ctx.target.tls) return opened.via === "direct" && isLoopback(opened.address);
  const leaf = opened.tls?.chain[0];
  const judged = facts["tls.handshake"]?.chain[0]?.fingerprint;
  if (leaf === undefined) return false;
  const fingerprint = createHash("sha256").update(leaf).digest("hex");
  if (fingerprint === judged?.replaceAll(":", "").toLowerCase()) return true;
  return judge(opened.tls?.chain ?? [], bare(ctx.target.host), ctx.rt.clock.wall(), storesOf(ctx))?.keySafe === true;
}

/** True for addresses and the name of this machine. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^::ffff:127\./i.test(host);
}

/** scheme://host:port for which the environment has set the credential up; undefined when that is no URL. */
function originMeant(ctx: Context): string | undefined {
  const { target, environment } = ctx;
  const set = environment.value(BASE_VARIABLES[target.platform] ?? "ANTHROPIC_BASE_URL")?.trim();
  if (set !== undefined && set !== "") return URL.canParse(set) ? originOf(new URL(set)) : undefined;
  // A cloud's credential works nowhere but at that cloud, so its own host is the one that it is meant for.
  if (target.platform === "anthropic" || target.platform === "custom") return originOf(new URL(API));
  return target.official ? originOf(target.url) : undefined;
}

function originOf(url: URL): string | undefined {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return url.hostname === "" ? undefined : `${url.protocol}//${url.hostname.toLowerCase()}:${port}`;
}

function bare(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

function no(problem: Exclude<Permission, { ok: true }>["problem"], en: string, zh: string): Permission {
  return { ok: false, problem, why: { en, zh } };
}
