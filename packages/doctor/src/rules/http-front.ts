// Rules about what stands before a gateway and answers in its place: a redirect, a port for HTTPS, a door with a lock of its own.

import type { Context } from "../context.ts";
import { replacement, setCommand } from "../environment/setting-fix.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { authorWords, header, helloOf, isClaudes, speaks } from "../http/reading.ts";
import { onTarget } from "../http/redirect.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";

/** What nginx, Apache, Go, Traefik, HAProxy and others say to HTTP on a port for HTTPS. */
const WANTS_TLS =
  /plain HTTP request (?:was )?sent to (?:an )?(?:HTTPS|TLS) port|Client sent an HTTP request to an HTTPS server|speaking plain HTTP to an SSL-enabled server|requires? (?:TLS|HTTPS)|HTTPS (?:is )?required/i;
/** Places where people sign in. */
const SIGN_IN =
  /cloudflareaccess\.com|\/(?:saml2?|sso|oauth2?|oidc|auth|authorize|login|sign-?in|adfs)\b|\blogin\.|\bsso\.|\bidp\./i;
/** Refusals of doors that write no page. */
const DOOR =
  /RBAC: access denied|Jwt (?:is missing|verification fails)|forbidden by (?:rule|policy)|access denied|not in (?:the )?allow ?list/i;

/** The greeting of a gateway that did not answer as one; undefined for Claude's own host and for what is well. */
function unanswered(facts: Facts, ctx: Context): Exchanged | undefined {
  const seen = helloOf(facts);
  if (seen?.status === undefined || seen.cut !== undefined || ctx.target.platform !== "custom" || speaks(seen))
    return undefined;
  return seen;
}

/** The greeting of a gateway that sent the message on within its host and answered well there. */
function followedWell(facts: Facts, ctx: Context): Exchanged | undefined {
  const seen = helloOf(facts);
  return seen?.redirected !== undefined && speaks(seen, isClaudes(ctx)) ? seen : undefined;
}

/** Where a redirect of the message leads, as a base URL; undefined when it is no redirect. */
function redirectOf(seen: Exchanged, ctx: Context): { readonly to: URL; readonly base?: string } | undefined {
  const { status = 0 } = seen;
  const location = header(seen, "location");
  const from = onTarget(ctx, seen.path);
  const moved = status >= 300 && status < 400 && location !== undefined && URL.canParse(location, from.href);
  if (!moved && seen.redirected === undefined) return undefined;
  const to = moved ? new URL(location, from) : from;
  const path = /^(.*)\/v1\/messages\/?$/.exec(to.pathname)?.[1];
  return { to, ...(path === undefined ? {} : { base: `${to.origin}${path}` }) };
}

/** Sets the base URL to another one, where it is set. */
function rebase(ctx: Context, base: string): Fix {
  const { target, machine } = ctx;
  const note = { en: `Set the base URL to ${base}.`, zh: `把基础 URL 设为 ${base}。` };
  if (target.from !== undefined) return replacement(machine, target.from, () => base, base);
  return { os: "any", shell: machine.shell, commands: [setCommand(machine.shell, "ANTHROPIC_BASE_URL", base)], note };
}

/** The rules. */
export const HTTP_FRONT_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "HTTP_WANTS_TLS",
      layer: "http",
      severity: "error",
      title: { en: "The base URL says http, the server wants https", zh: "基础 URL 写的是 http，而服务器要求 https" },
      meaning: {
        en: "The request went out in clear, and what answers there takes HTTPS only, or sends everything on to HTTPS. Most programs do not follow that with a request that has a body, and one that does has sent its key in clear before.",
        zh: "请求以明文发出，而对端只接受 HTTPS，或把所有请求重定向到 HTTPS。多数程序不会带着请求体跟随这种重定向；跟随的程序则已先以明文发出密钥。",
      },
      advice: { en: "Write https:// in the base URL.", zh: "请把基础 URL 写成 https://。" },
      sources: [PAGES.gateway, "https://nginx.org/en/docs/http/ngx_http_ssl_module.html"],
      says: [
        /plain HTTP request was sent to HTTPS port/i,
        /Client sent an HTTP request to an HTTPS server/i,
        /speaking plain HTTP to an SSL-enabled server port/i,
      ],
    },
    (facts, ctx) => {
      const seen = unanswered(facts, ctx);
      if (seen === undefined || ctx.target.tls) return undefined;
      const redirect = redirectOf(seen, ctx);
      const moved = redirect?.to.protocol === "https:" && redirect.to.hostname === ctx.target.url.hostname;
      const said = `${seen.pageTitle ?? ""} ${seen.errorMessage ?? ""} ${seen.bodyStart ?? ""}`;
      if (!moved && seen.status !== 426 && !WANTS_TLS.test(said)) return undefined;
      const { url } = ctx.target;
      const base = moved ? redirect.base : `https://${url.host}${url.pathname.replace(/\/$/, "")}`;
      return {
        by: [seen],
        fix: [rebase(ctx, base ?? `https://${url.host}${url.pathname.replace(/\/$/, "")}`)],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_REDIRECTED",
      layer: "http",
      severity: "error",
      title: { en: "The base URL is redirected", zh: "基础 URL 被重定向" },
      meaning: {
        en: "Instead of an answer came the address of another page. Programs turn a message into an empty GET on 301, 302 and 303, must not send it and its key on to another host, and cannot fill in a sign-in page. 307 and 308 within one host are followed by the SDKs and Claude Code, not by curl, and cost a round trip and a second upload each time.",
        zh: "返回的不是响应，而是另一个页面的地址。遇到 301、302、303，程序会把消息变成空的 GET；不应把消息和密钥转发到另一台主机；也无法填写登录页面。同一主机内的 307 和 308，SDK 与 Claude Code 会跟随，curl 不会，且每次都多一次往返和一次重复上传。",
      },
      advice: {
        en: "Set the base URL to where the redirect leads; when that is a sign-in page, have the gateway's API paths exempted from it or use the service token that it offers for programs.",
        zh: "把基础 URL 设为重定向指向的地址；如果那是登录页面，请让网关的 API 路径免于登录，或使用它为程序提供的服务令牌。",
      },
      sources: [PAGES.gateway, "https://developers.cloudflare.com/cloudflare-one/identity/service-tokens/"],
      says: [/cloudflareaccess\.com/i, /30[1278] (?:Moved Permanently|Found|Temporary Redirect|Permanent Redirect)/i],
      yieldsTo: ["HTTP_WANTS_TLS", "HTTP_WRONG_PATH", "HTTP_CAPTIVE_PORTAL"],
    },
    (facts, ctx) => {
      const followed = followedWell(facts, ctx);
      const seen = followed ?? unanswered(facts, ctx);
      const redirect = seen === undefined ? undefined : redirectOf(seen, ctx);
      if (seen === undefined || redirect === undefined) return undefined;
      const { to, base } = redirect;
      const where = `${to.origin}${to.pathname}`;
      const { host } = ctx.target;
      const by = seen.redirected === undefined ? "" : ` (${seen.redirected.status}, ${seen.redirected.from})`;
      const evidence = [{ en: `redirected to ${where}${by}`, zh: `被重定向到 ${where}${by}` }];
      if (followed !== undefined)
        return {
          by: [followed],
          evidence,
          severity: "warning",
          confidence: 0.9,
          title: {
            en: `${host} redirects every message; the program follows`,
            zh: `${host} 重定向每条消息；该程序会跟随`,
          },
          why: {
            en: `${ctx.environment.client} sends each message again to where the redirect leads, which works and costs a round trip and a second upload each time. curl and other programs stop at it.`,
            zh: `${ctx.environment.client} 会把每条消息再次发往重定向的目标，能用，但每次都多一次往返和一次重复上传。curl 等其他程序会停在这里。`,
          },
          fix: base === undefined ? [] : [rebase(ctx, base)],
        };
      if (base === undefined && SIGN_IN.test(where))
        return {
          by: [seen],
          evidence,
          title: { en: `${host} sends programs to a sign-in page`, zh: `${host} 把程序重定向到登录页面` },
          fix: [
            advise(
              `Ask whoever runs ${host} for the way in for programs: a service token for the door at ${to.host} (its headers go into ANTHROPIC_CUSTOM_HEADERS), or an exemption for /v1/.`,
              `请向 ${host} 的运营者询问程序的访问方式：${to.host} 的服务令牌（其请求头写入 ANTHROPIC_CUSTOM_HEADERS），或让 /v1/ 免于登录。`,
            ),
          ],
        };
      return {
        by: [seen],
        evidence,
        confidence: base === undefined ? 0.75 : 0.9,
        fix:
          base === undefined || to.protocol !== "https:"
            ? [
                advise(
                  `Look into the documents of ${host} for the address of its API: requests for it are sent on to ${where}.`,
                  `请在 ${host} 的文档中查找其 API 地址：对它的请求会被重定向到 ${where}。`,
                ),
              ]
            : to.hostname === ctx.target.url.hostname
              ? [rebase(ctx, base)]
              : [
                  advise(
                    `If ${to.host} is the new address of that gateway, set the base URL to ${base}; ask whoever runs ${host} first, because the key goes there too.`,
                    `如果 ${to.host} 是该网关的新地址，请把基础 URL 设为 ${base}；请先向 ${host} 的运营者确认，因为密钥也会发往那里。`,
                  ),
                ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_FRONT_REFUSES",
      layer: "http",
      severity: "error",
      title: {
        en: "The server in front of the gateway refuses before the gateway is asked",
        zh: "网关前面的服务器在请求到达网关之前就拒绝了它",
      },
      meaning: {
        en: "The refusal is a web server's or a mesh's own, not that of a gateway for Claude: a password for the whole site, a list of addresses that may come in, or a rule about paths.",
        zh: "拒绝来自 Web 服务器或服务网格本身，而不是 Claude 网关：整个站点设有密码、只允许特定地址访问，或有针对路径的规则。",
      },
      advice: {
        en: "Ask whoever runs that server to let this machine and the paths under /v1/ in.",
        zh: "请该服务器的运营者放行本机以及 /v1/ 下的路径。",
      },
      sources: [PAGES.gateway, "https://nginx.org/en/docs/http/ngx_http_access_module.html"],
      says: [/RBAC: access denied/, /401 Authorization Required/i],
      yieldsTo: [
        "HTTP_WRONG_PATH",
        "ENV_URL_WEB_PAGE",
        "HTTP_CAPTIVE_PORTAL",
        "HTTP_CLOUDFLARE_BLOCKED",
        "HTTP_CLOUDFLARE_CHALLENGE",
        "HTTP_PROXY_BLOCK_PAGE",
        "HTTP_SANDBOX_DENIED",
      ],
    },
    (facts, ctx) => {
      const seen = unanswered(facts, ctx);
      if (seen === undefined || (seen.status !== 401 && seen.status !== 403)) return undefined;
      const page = seen.bodyKind === "html" && seen.author === "web-server";
      const locked = seen.status === 401 && seen.bodyKind !== "json" && header(seen, "www-authenticate") !== undefined;
      const text = seen.bodyKind === "text" && DOOR.test(seen.bodyStart ?? "");
      if (!page && !locked && !text) return undefined;
      const { host, port } = ctx.target;
      const scheme = /^\w+/.exec(header(seen, "www-authenticate") ?? "")?.[0];
      const who = authorWords(seen);
      return {
        by: [seen],
        confidence: 0.85,
        evidence:
          scheme === undefined ? [] : [{ en: `it asks for ${scheme} credentials`, zh: `它要求 ${scheme} 凭据` }],
        why: {
          en: `${who.en} at ${host}:${port} answered ${seen.status} in its own words: the gateway behind it was not asked.`,
          zh: `${host}:${port} 上的${who.zh}以自己的内容返回 ${seen.status}：后面的网关没有收到请求。`,
        },
        fix:
          seen.status === 401
            ? [
                advise(
                  `Ask whoever runs ${host} to take the password off the paths under /v1/: the header that it wants is the one that the gateway's own key travels in.`,
                  `请 ${host} 的运营者取消 /v1/ 路径上的密码：它所要求的请求头正是网关密钥使用的那一个。`,
                ),
              ]
            : [
                advise(
                  `Ask whoever runs ${host} whether this machine's address and the path ${seen.path} are let in; often a VPN or the office network has to be used.`,
                  `请向 ${host} 的运营者确认是否放行本机地址和路径 ${seen.path}；通常需要使用 VPN 或办公网络。`,
                ),
                advise(
                  "If the host is not the gateway's at all, correct the base URL.",
                  "如果该主机根本不是网关，请更正基础 URL。",
                ),
              ],
      };
    },
  ),
];
