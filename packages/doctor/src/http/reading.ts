// Reads facts of exchanges the way rules and notes want them: which is the one that counts, what kind of answer it is.

import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import type { Words } from "../words.ts";

/** An answer to a question that needs no model comes sooner than this even round the world, milliseconds. */
export const SLOW_MS = 2_000;

/**
 * True for an answer of somebody who speaks for Claude: the API, a cloud that serves it, a gateway in its words.
 * `claudes`: it came where Claude's own host should be.
 */
export function speaks({ author, status, errorType, bodyKind, bodyStart = "" }: Exchanged, claudes = false): boolean {
  if (status === undefined) return false;
  if (
    author === "anthropic-api" ||
    author === "aws" ||
    author === "google" ||
    author === "azure" ||
    author === "fairlead"
  )
    return true;
  if (author !== "gateway" || bodyKind !== "json") return false;
  // In the place of Claude's own host nobody else has anything to say; an inspector may have taken the request id off.
  if (claudes) return /"type"\s*:\s*"error"/.test(bodyStart);
  // Something that says yes to everything, or wraps its refusals in a 200, is none that a program could use.
  if (status < 400) return /"type"\s*:\s*"message"|"content"\s*:\s*\[/.test(bodyStart);
  // Some gateway: it has to have understood what was asked, not merely to have an answer for unknown paths.
  return status !== 404 && status !== 405 ? true : errorType !== undefined && /not_found_error|model/i.test(errorType);
}

/** True when the target is Claude's own host and no gateway. */
export function isClaudes(ctx: Context): boolean {
  return ctx.target.platform === "anthropic" && ctx.target.official;
}

/** True when a page with a form is the gateway's own: no log-in page of a network has a public certificate for its name. */
export function ownsItsPage(facts: Facts, ctx: Context): boolean {
  const seen = helloOf(facts);
  const moved = seen?.redirected !== undefined || ((seen?.status ?? 0) >= 300 && (seen?.status ?? 0) < 400);
  return (
    ctx.target.platform === "custom" &&
    ctx.target.tls &&
    facts["tls.handshake"]?.trust?.public === true &&
    seen?.status !== 511 &&
    !moved
  );
}

/** True when a gateway has nobody to send that model to: it says 503, and nothing is down. */
export function lacksModel({ status, author, errorCode = "", errorMessage = "" }: Exchanged): boolean {
  return (
    status === 503 &&
    author === "gateway" &&
    /model_not_found|no available channel|无可用渠道/i.test(`${errorCode} ${errorMessage}`)
  );
}

/** Every exchange there is, the ones with the credential last. */
export function exchangesOf(facts: Facts): readonly Exchanged[] {
  const all = [
    ...(facts["http.hello"]?.exchanges ?? []),
    facts["credentials.accepted"]?.exchange,
    facts["account.count"]?.exchange,
    facts["account.message"]?.exchange,
  ];
  return all.filter((one) => one !== undefined);
}

/** The exchange without a credential that shows who is there: the message, else the greeting. */
export function helloOf(facts: Facts): Exchanged | undefined {
  const exchanges = facts["http.hello"]?.exchanges ?? [];
  return exchanges.find(({ method }) => method === "POST") ?? exchanges[0];
}

/** Exchanges that carried the credential. */
export function keyedOf(facts: Facts): readonly Exchanged[] {
  const all = [
    facts["credentials.accepted"]?.exchange,
    facts["account.count"]?.exchange,
    facts["account.message"]?.exchange,
  ];
  return all.filter((one) => one !== undefined);
}

/** A header of the facts. */
export function header(one: Exchanged | undefined, name: string): string | undefined {
  return one?.headers.find(([known]) => known === name)?.[1];
}

/** Who answered, from content type, kind and size of the body, request id and the headers that name a system. */
export function responseClause(one: Exchanged): string {
  const parts = [
    one.contentType ?? "no content-type",
    `${one.bodyKind ?? "empty"} body of ${one.bodyBytes ?? 0} bytes`,
    one.requestId === undefined ? "no request-id" : `request-id ${one.requestId}`,
    ...["server", "via", "cf-ray", "x-squid-error", "x-deny-reason", "x-amzn-errortype"].flatMap((name) => {
      const value = header(one, name);
      return value === undefined ? [] : [`${name}: ${value}`];
    }),
  ];
  return `Response: ${parts.join(", ")}`;
}

const AUTHORS: { readonly [author in Exchanged["author"]]: Words } = {
  "anthropic-api": { en: "the Claude API", zh: "Claude API" },
  "anthropic-edge": { en: "Anthropic's edge", zh: "Anthropic 的边缘节点" },
  cloudflare: { en: "Cloudflare", zh: "Cloudflare" },
  aws: { en: "AWS", zh: "AWS" },
  google: { en: "Google Cloud", zh: "Google Cloud" },
  azure: { en: "Azure", zh: "Azure" },
  fairlead: { en: "the Fairlead gateway", zh: "Fairlead 网关" },
  proxy: { en: "a proxy on the way", zh: "途中的代理" },
  "web-server": { en: "a web server", zh: "一个 Web 服务器" },
  "captive-portal": { en: "the network's log-in page", zh: "网络的登录页面" },
  gateway: { en: "a gateway", zh: "一个网关" },
  unknown: { en: "an unknown system", zh: "未知系统" },
};

/** Who wrote it, with the product where it is known. */
export function authorWords({ author, by }: Exchanged): Words {
  const { en, zh } = AUTHORS[author];
  return by === undefined || en.includes(by) ? { en, zh } : { en: `${en} (${by})`, zh: `${zh}（${by}）` };
}

/** One line: what was asked, what came, who wrote it. */
export function noteOf(one: Exchanged): Words {
  const what = `${one.method} ${one.path}`;
  if (one.status === undefined) {
    const at = one.at === undefined || one.at === "http" ? "" : ` (${one.at})`;
    return {
      en: `${what}: no answer, ${one.error}${at} after ${one.ms} ms`,
      zh: `${what}：没有响应，${one.ms} 毫秒后 ${one.error}${at}`,
    };
  }
  const by = authorWords(one);
  const type = one.errorType === undefined ? "" : ` ${one.errorType}`;
  return {
    en: `${what}: ${one.status}${type} by ${by.en} in ${one.ms} ms`,
    zh: `${what}：${one.ms} 毫秒，${one.status}${type}，由${by.zh}返回`,
  };
}

/** The same with the message and what answered, for findings. */
export function evidenceOf(one: Exchanged): Words {
  const { en, zh } = noteOf(one);
  if (one.status === undefined) return { en, zh };
  const said = one.errorMessage ?? one.pageTitle ?? "";
  const quote = said === "" ? "" : ` "${said}"`;
  const clause = responseClause(one);
  return { en: `${en}${quote}. ${clause}`, zh: `${zh}${quote}。${clause}` };
}
