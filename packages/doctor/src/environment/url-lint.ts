// Faults of a base URL that can be seen without going there.

import { isIP } from "node:net";
import { domainToUnicode } from "node:url";
import type { Lint } from "../facts/environment.ts";
import type { Target } from "../target.ts";
import { cloudOf } from "./credential-order.ts";
import { placeText, shownValue } from "./description.ts";
import type { Environment, Setting } from "./environment.ts";
import { platformOf } from "./find-target.ts";
import { textOf } from "./variable-names.ts";

/** Characters of Chinese and Japanese input that look like those of a URL. */
const FULL_WIDTH = /[！-～。　]/u;
/** Characters that nobody sees: zero-width, direction marks, soft hyphen, no-break space. */
const INVISIBLE = /[\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]/u;
/** Pages for people, at which there is no API. */
const PAGES =
  /^(?:www\.anthropic\.com|anthropic\.com|console\.anthropic\.com|docs\.anthropic\.com|claude\.ai|www\.claude\.ai|claude\.com|www\.claude\.com|platform\.claude\.com|code\.claude\.com|docs\.claude\.com)$/;
const OFFICIAL = "api.anthropic.com";

/** The variable that decides about the address. */
export function baseVariable(environment: Environment): string {
  const cloud = cloudOf(environment.client, (name) => environment.variables.get(name)?.effective, {});
  if (cloud?.platform === "vertex") return "ANTHROPIC_VERTEX_BASE_URL";
  if (cloud?.platform === "foundry") return "ANTHROPIC_FOUNDRY_BASE_URL";
  if (cloud?.by?.name === "CLAUDE_CODE_USE_MANTLE") return "ANTHROPIC_BEDROCK_MANTLE_BASE_URL";
  return cloud?.platform === "bedrock" ? "ANTHROPIC_BEDROCK_BASE_URL" : "ANTHROPIC_BASE_URL";
}

/** All faults of the base URL that is set; none when none is. */
export function urlLints(environment: Environment, target: Target): Lint[] {
  const setting = environment.variables.get(baseVariable(environment))?.effective;
  if (setting === undefined) return [];
  const value = textOf(setting.value);
  const bare = value.trim();
  if (bare === "") return [];
  const lint = (problem: string, detail: Lint["detail"] = {}): Lint => ({
    problem,
    name: setting.name,
    where: placeText(setting.source),
    detail: { value: shownValue(setting), ...detail },
  });
  const shape = shapeFault(bare);
  if (shape !== undefined) return [lint(shape)];
  const lints: Lint[] = [];
  if (bare !== value) lints.push(lint("whitespace"));
  const url = new URL(bare);
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (url.search !== "" || url.hash !== "") lints.push(lint("query"));
  if (url.username !== "" || url.password !== "") lints.push(lint("user-in-url"));
  if (setting.name === "ANTHROPIC_BASE_URL") {
    const tail = /\/v1(?:\/messages|\/complete|\/chat\/completions)?\/*$/.exec(url.pathname)?.[0];
    if (tail !== undefined) lints.push(lint("has-path", { tail: tail.replace(/\/+$/, "") }));
  }
  if (PAGES.test(host)) lints.push(lint("web-page"));
  else if (
    host !== OFFICIAL &&
    platformOf(url) === "custom" &&
    (distance(domainToUnicode(host), OFFICIAL) <= 2 ||
      /^api\.(?:anthropic|claude)\.(?:ai|cn|org|net|io|dev)$/.test(host))
  )
    lints.push(lint("typo", { meant: OFFICIAL }));
  if (url.protocol === "http:" && isPublicName(host)) lints.push(lint("plain-http"));
  const proxy = proxyAt(environment, target);
  if (proxy !== undefined) lints.push(lint("is-proxy", { proxy: proxy.name, proxyWhere: placeText(proxy.source) }));
  return lints;
}

/** Why a text is no URL that requests can be sent to; undefined when it is one. */
function shapeFault(bare: string): string | undefined {
  if (/^\$|\$\{|^%\w+%/.test(bare)) return "reference";
  if (FULL_WIDTH.test(bare)) return "full-width";
  if (INVISIBLE.test(bare)) return "invisible";
  if (/^["'`“”‘’]|["'`“”‘’]$/.test(bare)) return "quoted";
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(bare)) return /^https?:/i.test(bare) ? "unparsable" : "no-scheme";
  if (!/^https?:\/\//i.test(bare)) return "bad-scheme";
  if (/^https?:\/\/+https?(?::|\/\/)/i.test(bare)) return "twice";
  if (!URL.canParse(bare) || /\s/.test(bare)) return "unparsable";
  return /^https?:\/\/[^/]/i.test(bare) ? undefined : "unparsable";
}

/** The text with what is wrong in its shape put right, where that can be guessed; undefined where it cannot. */
export function repairedUrl(value: string, name = "ANTHROPIC_BASE_URL"): string | undefined {
  const narrow = value
    .replace(/[！-～]/gu, (one) => String.fromCodePoint((one.codePointAt(0) ?? 0) - 0xfee0))
    .replaceAll("。", ".")
    .replaceAll("　", "");
  let text = narrow
    .replace(new RegExp(INVISIBLE, "gu"), "")
    .replaceAll("\\", "/")
    .trim()
    .replace(/^(?:export\s+)?[A-Z][A-Z0-9_]{3,}=/, "")
    .replace(/^["'`“”‘’]+|["'`“”‘’]+$/g, "")
    .trim();
  if (/^[\w.-]+(?::\d+)?(?:\/\S*)?$/.test(text) || /^\[[0-9a-f:]+\](?::\d+)?/i.test(text)) {
    const name = text.split(/[:/]/)[0] ?? "";
    text = `${isPublicName(name.toLowerCase()) ? "https" : "http"}://${text}`;
  }
  text = text.replace(/^(?:https?:\/+)+(?=https?:\/+)/i, "").replace(/^(https?):\/*(?=[^/])/i, "$1://");
  // The addresses of the clouds end with their version themselves.
  if (name === "ANTHROPIC_BASE_URL") text = text.replace(/\/v1(?:\/messages|\/complete|\/chat\/completions)?\/*$/, "");
  return shapeFault(text) === undefined && !/[?#@]/.test(text) ? text : undefined;
}

/** False for this machine, private networks and names without a public meaning. */
export function isPublicName(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(name) === 6) return !/^(?:::1?$|f[cd]|fe[89ab])/i.test(name);
  if (isIP(name) === 4)
    return !/^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
      name,
    );
  return (
    name.includes(".") &&
    !/\.(?:local|localhost|internal|lan|home|corp|intranet|test|example|invalid|docker|svc|cluster\.local|home\.arpa)$/.test(
      name,
    )
  );
}

/** The proxy setting that names the same host and port as the target. */
function proxyAt(environment: Environment, target: Target): Setting | undefined {
  for (const name of ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]) {
    const setting = environment.variables.get(name)?.effective;
    if (setting === undefined) continue;
    const text = textOf(setting.value)
      .trim()
      .replace(/^(?![a-z][a-z0-9+.-]*:\/\/)/i, "http://");
    const match = /^[a-z0-9+.-]+:\/\/(?:[^/]*@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?/i.exec(text);
    const port = match?.[2] === undefined ? undefined : Number(match[2]);
    if (match?.[1]?.toLowerCase().replace(/^\[(.*)\]$/, "$1") === target.host.toLowerCase() && port === target.port)
      return setting;
  }
  return undefined;
}

/** Edits between two short names: insertions, deletions, replacements, and neighbours that changed places. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row[j - 1] ?? 0) + 1, (rows.at(-1)?.[j] ?? 0) + 1, (rows.at(-1)?.[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (rows.at(-2)?.[j - 2] ?? 0) + 1);
      row.push(best);
    }
    rows = [...rows.slice(-1), row];
  }
  return rows.at(-1)?.[b.length] ?? 3;
}
