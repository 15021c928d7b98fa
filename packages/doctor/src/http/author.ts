// Who wrote an answer: decided by its body and its headers, never by its number.

import { awsErrorType, type ErrorReading, readError } from "@fairlead/protocol";
import type { Author } from "../facts/http.ts";

type Headers = readonly (readonly [string, string])[];

/** What an answer consists of, decoded. */
export interface Clues {
  readonly status: number;
  readonly headers: Headers;
  /** Text of its body, decompressed. */
  readonly text: string;
}

/** Who wrote it. */
export interface Identity {
  readonly author: Author;
  /** Product that names itself: nginx, Envoy, squid, Zscaler… */
  readonly by?: string;
  /** What the body says, when it is an error in a known dialect. */
  readonly error: ErrorReading;
  readonly requestId?: string;
}

// Products whose block pages and headers name them. Texts seen in public copies of those pages.
const PROXIES: readonly (readonly [string, RegExp])[] = [
  ["Zscaler", /zscaler/i],
  ["Netskope", /netskope|goskope/i],
  ["Forcepoint", /forcepoint|websense/i],
  ["Symantec ProxySG", /blue ?coat|proxysg|symantec web security/i],
  ["Palo Alto Networks", /palo alto networks|globalprotect|pan-os|prisma access/i],
  ["FortiGate", /fortigate|fortiguard|fortinet/i],
  ["Check Point", /check point (?:software|usercheck)|usercheck/i],
  ["Sophos", /sophos/i],
  ["Cisco", /cisco umbrella|opendns|ironport|cisco secure web|access denied \(web_security/i],
  ["McAfee", /mcafee web gateway|skyhigh/i],
  ["Barracuda", /barracuda/i],
  ["Sangfor", /sangfor|深信服/i],
  ["Qi An Xin", /qianxin|奇安信|360天擎/i],
  ["Squid", /squid/i],
  ["tinyproxy", /tinyproxy/i],
  ["Privoxy", /privoxy/i],
];
const DENIED =
  /access (?:to this (?:site|page|web ?site) )?(?:has been |is |was )?(?:denied|blocked|restricted)|url (?:category|filter)|web ?(?:site|page) (?:has been |is )?blocked|blocked by (?:your|the) (?:administrator|organi[sz]ation|company|policy|network)|internet (?:usage|access) policy|(?:网页|网站|访问).{0,8}(?:已被|被)(?:拦截|阻止|禁止)|上网行为管理/i;
const PORTAL =
  /captive|hotspot|wi-?fi|wlan|guest network|portal|terms (?:of use|and conditions)|sign in to (?:the )?network|log ?in to (?:continue|the network|access)|上网认证|用户登录|欢迎使用.{0,6}网络/i;
const CLOUDFLARE_PAGE =
  /just a moment\.\.\.|attention required!|sorry, you have been blocked|id="cf-error|cloudflare ray id|<title>[^<]*\| 5\d\d:/i;

/** Names the author. Pure: the same clues have the same author. */
export function authorOf(clues: Clues): Identity {
  const { status, headers, text } = clues;
  const get = (name: string) => headers.find(([one]) => one.toLowerCase() === name)?.[1];
  const error = text.trim() === "" ? ({ dialect: "unknown" } as const) : readError(text);
  const server = get("server") ?? "";
  const html = error.dialect === "html" || /^text\/html/i.test(get("content-type") ?? "");
  const own = get("request-id") ?? error.requestId;
  const requestId = own ?? get("x-amzn-requestid") ?? get("apim-request-id") ?? get("fairlead-request-id");
  const is = (author: Author, by?: string): Identity => ({
    author,
    error: withHeaderType(error, get("x-amzn-errortype")),
    ...(by === undefined ? {} : { by }),
    ...(requestId === undefined ? {} : { requestId }),
  });

  // A sandbox says so itself, whatever else is in the answer.
  if (get("x-deny-reason") !== undefined) return is("proxy", "sandbox");
  if (get("x-squid-error") !== undefined) return is("proxy", "Squid");
  if (error.dialect === "anthropic") {
    if (error.code?.startsWith("fairlead_") === true) return is("fairlead", "Fairlead");
    if (own?.startsWith("req_") === true) return is("anthropic-api");
    // Cloudflare refuses a body that is too large before the API sees it, in the API's words.
    if (error.type === "request_too_large" && /cloudflare/i.test(server)) return is("anthropic-edge", "Cloudflare");
    return is("gateway", productOf(server));
  }
  if (error.dialect === "edge-forbidden") return is("anthropic-edge", "Anthropic");
  const amazon = get("x-amzn-requestid") !== undefined || get("x-amzn-errortype") !== undefined;
  if (amazon || (error.dialect === "aws" && error.type !== undefined)) return is("aws", "AWS");
  if (error.dialect === "google" && /^[A-Z][A-Z_]+$/.test(error.type ?? "")) return is("google", "Google");
  if (get("apim-request-id") !== undefined || get("x-ms-request-id") !== undefined) return is("azure", "Azure");
  if (!html && own?.startsWith("req_") === true) return is("anthropic-api");
  if (html || error.dialect === "unknown") {
    const page = pageAuthor(status, get, text, html);
    if (page !== undefined) return is(...page);
  }
  if (!html && get("fairlead-request-id") !== undefined) return is("fairlead", "Fairlead");
  if (/^\s*[[{]/.test(text)) return is("gateway", productOf(server));
  if (/upstream connect error|no healthy upstream|upstream request timeout/i.test(text) || /envoy/i.test(server))
    return is(get("cf-ray") === undefined ? "gateway" : "anthropic-edge", "Envoy");
  const product = productOf(server);
  return product === "Cloudflare"
    ? is("cloudflare", product)
    : is(product === undefined ? "unknown" : "web-server", product);
}

function pageAuthor(
  status: number,
  get: (name: string) => string | undefined,
  text: string,
  html: boolean,
): [Author, string?] | undefined {
  const server = get("server") ?? "";
  const maker = PROXIES.find(([, marks]) =>
    marks.test(`${server} ${get("via") ?? ""} ${html ? text : text.slice(0, 500)}`),
  )?.[0];
  const cloudflare = /cloudflare/i.test(server) || get("cf-ray") !== undefined || get("cf-mitigated") !== undefined;
  if (cloudflare && (get("cf-mitigated") !== undefined || CLOUDFLARE_PAGE.test(text)))
    return ["cloudflare", "Cloudflare"];
  const location = get("location");
  const redirect = location !== undefined && status >= 300 && status < 400;
  const form = /<form|http-equiv=["']?refresh|location\.(?:href|replace)/i.test(text);
  if (status === 511 || (redirect && PORTAL.test(location)) || (html && form && PORTAL.test(text)))
    return ["captive-portal"];
  if (maker !== undefined) return ["proxy", maker];
  if (html && DENIED.test(text)) return ["proxy"];
  if (html) return ["web-server", productOf(`${server} ${text.slice(0, 1_000)}`)];
  return undefined;
}

/** Web servers and gateways that put their name into `server` or under their error page. */
function productOf(where: string): string | undefined {
  const known: readonly (readonly [string, RegExp])[] = [
    ["OpenResty", /openresty/i],
    ["nginx", /nginx/i],
    ["Apache", /apache/i],
    ["Caddy", /caddy/i],
    ["Envoy", /envoy/i],
    ["HAProxy", /haproxy/i],
    ["Traefik", /traefik/i],
    ["IIS", /microsoft-(?:iis|httpapi)/i],
    ["Cloudflare", /cloudflare/i],
    ["AWS load balancer", /awselb/i],
    ["uvicorn", /uvicorn/i],
    ["Vercel", /vercel/i],
  ];
  return known.find(([, marks]) => marks.test(where))?.[0];
}

function withHeaderType(error: ErrorReading, header: string | undefined): ErrorReading {
  return header === undefined || error.type !== undefined ? error : { ...error, type: awsErrorType(header) };
}
