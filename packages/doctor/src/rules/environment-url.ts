// Rules about how the base URL is written.

import type { Context } from "../context.ts";
import type { Setting } from "../environment/environment.ts";
import { here, removal, replacement, setCommand } from "../environment/setting-fix.ts";
import { repairedUrl } from "../environment/url-lint.ts";
import { textOf } from "../environment/variable-names.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { accepted, brokenAt, DOCS, lintRule, refusal, refused, seen } from "./environment-lint.ts";

const INVALID = [/Invalid URL/i, /Failed to parse URL/i, /ERR_INVALID_URL/, /InvalidURL/, /UnsupportedProtocol/];

/** Base URLs that no request can be sent to, or that lead somewhere else than meant. */
export const URL_RULES: readonly Rule[] = [
  lintRule(
    "env.url",
    ["unparsable", "reference", "bad-scheme", "query", "twice", "invisible"],
    {
      code: "ENV_URL_UNPARSABLE",
      severity: "error",
      title: { en: "The base URL is not a URL that requests can be sent to", zh: "base URL 不是可用的地址" },
      meaning: {
        en: "Programs put /v1/messages behind the base URL. That makes no address with this value: it holds blanks, a reference that nothing fills in, another scheme than http or https, two schemes, an invisible character, or a query.",
        zh: "程序会在 base URL 后面加上 /v1/messages。这个值无法组成地址：它含有空格、没有被替换的引用、http 或 https 以外的协议、两个协议、不可见字符，或查询参数。",
      },
      advice: {
        en: "Write it as https://host or https://host/prefix.",
        zh: "请写成 https://host 或 https://host/prefix 的形式。",
      },
      sources: [DOCS.gateway, DOCS.variables],
      says: INVALID,
    },
    (lint, setting, _facts, ctx) => {
      const reason = REASONS[lint.problem];
      return { evidence: [seen(setting), ...(reason === undefined ? [] : [reason])], fix: corrected(ctx, setting) };
    },
  ),
  lintRule(
    "env.url",
    ["no-scheme"],
    {
      code: "ENV_URL_NO_SCHEME",
      severity: "error",
      title: { en: "The base URL lacks http:// or https://", zh: "base URL 缺少 http:// 或 https://" },
      meaning: {
        en: 'Without a scheme the text is no URL: "localhost:4000" is read as the scheme "localhost".',
        zh: "没有协议就不是 URL：“localhost:4000” 会被当作名为 localhost 的协议。",
      },
      advice: {
        en: "Put https:// in front, or http:// for this machine.",
        zh: "在前面加上 https://；本机地址则加 http://。",
      },
      sources: [DOCS.gateway, DOCS.network],
      says: INVALID,
    },
    (_lint, setting, _facts, ctx) => ({ evidence: [seen(setting)], fix: corrected(ctx, setting) }),
  ),
  lintRule(
    "env.url",
    ["full-width"],
    {
      code: "ENV_URL_FULLWIDTH",
      severity: "error",
      title: { en: "The base URL holds full-width characters", zh: "base URL 中含有全角字符" },
      meaning: {
        en: "A Chinese or Japanese input method has put characters such as ： ／ 。 into the address. They look alike, and no program reads them as : / .",
        zh: "中文或日文输入法在地址中输入了 ： ／ 。 等全角字符。它们看起来相似，但程序不会把它们当作 : / .",
      },
      advice: {
        en: "Type the address again with the input method switched to English.",
        zh: "请切换到英文输入法后重新输入地址。",
      },
      sources: [DOCS.gateway],
    },
    (_lint, setting, _facts, ctx) => ({ evidence: [seen(setting)], fix: corrected(ctx, setting) }),
  ),
  lintRule(
    "env.url",
    ["quoted"],
    {
      code: "ENV_URL_QUOTED",
      severity: "error",
      title: { en: "Quotation marks are part of the base URL", zh: "引号成了 base URL 的一部分" },
      meaning: {
        en: "The value begins or ends with a quotation mark. cmd.exe and Docker's --env-file keep quotes that bash takes off.",
        zh: "该值以引号开头或结尾。cmd.exe 和 Docker 的 --env-file 会保留 bash 会去掉的引号。",
      },
      advice: { en: "Write the address without quotation marks.", zh: "请去掉地址两端的引号。" },
      sources: [DOCS.gateway],
    },
    (_lint, setting, _facts, ctx) => ({ evidence: [seen(setting)], fix: corrected(ctx, setting) }),
  ),
  lintRule(
    "env.url",
    ["whitespace"],
    {
      code: "ENV_URL_WHITESPACE",
      severity: "warning",
      title: { en: "A blank sticks to the base URL", zh: "base URL 首尾带有空白" },
      meaning: {
        en: "There is a blank or a line end before or behind the address. JavaScript SDKs take it off; Python and shell scripts do not.",
        zh: "地址前后有空格或换行。JavaScript SDK 会去掉它；Python 和 shell 脚本不会。",
      },
      advice: { en: "Set it again without the blank.", zh: "请去掉空白后重新设置。" },
      sources: [DOCS.gateway],
    },
    (_lint, setting, _facts, ctx) => ({
      severity: ctx.environment.client === "python" || ctx.environment.client === "curl" ? "error" : "warning",
      evidence: [seen(setting)],
      fix: corrected(ctx, setting),
    }),
  ),
  lintRule(
    "env.url",
    ["has-path"],
    {
      code: "ENV_URL_HAS_PATH",
      severity: "error",
      title: {
        en: "The base URL holds the path that programs add themselves",
        zh: "base URL 中多写了程序会自动添加的路径",
      },
      meaning: {
        en: "Claude Code and Anthropic's SDKs put /v1/messages behind the base URL, so requests go to /v1/v1/messages. (Only the AI SDK wants /v1 in its own baseURL option.)",
        zh: "Claude Code 和 Anthropic SDK 会在 base URL 后加上 /v1/messages，于是请求发到了 /v1/v1/messages。（只有 AI SDK 的 baseURL 选项需要带 /v1。）",
      },
      advice: { en: "Take /v1 and what follows off the base URL.", zh: "请去掉 base URL 中的 /v1 及其后的部分。" },
      sources: [DOCS.gateway, "https://github.com/Wei-Shaw/claude-relay-service/issues/113"],
      says: [/Route \/v1\/v1\/messages/i, /\/v1\/v1\/messages/i],
      yieldsTo: ["ENV_URL_IS_PROXY"],
    },
    (lint, setting, facts, ctx) => ({
      // A gateway may answer under both paths.
      severity: answersThere(facts) ? "info" : "error",
      evidence: [
        seen(setting),
        { en: `It ends with ${lint.detail["tail"]}.`, zh: `它以 ${lint.detail["tail"]} 结尾。` },
      ],
      fix: corrected(ctx, setting),
    }),
  ),
  lintRule(
    "env.url",
    ["plain-http"],
    {
      code: "ENV_URL_PLAIN_HTTP",
      severity: "warning",
      title: { en: "The base URL goes over a public network without TLS", zh: "base URL 在公网上没有使用 TLS" },
      meaning: {
        en: "With http:// the key and every prompt can be read on the way. Many services answer such requests with a redirect, and a redirected POST loses its body.",
        zh: "使用 http:// 时，密钥和所有内容在途中都可被读取。许多服务会对这样的请求返回重定向，而被重定向的 POST 会丢失请求体。",
      },
      advice: { en: "Use https:// instead.", zh: "请改用 https://。" },
      sources: [DOCS.gateway],
    },
    (_lint, setting, _facts, ctx) => ({
      severity: ctx.target.host === "api.anthropic.com" ? "error" : "warning",
      evidence: [seen(setting)],
      fix: [replacement(ctx.machine, setting, secureUrl, secureUrl(textOf(setting.value).trim()))],
    }),
  ),
  lintRule(
    "env.url",
    ["is-proxy"],
    {
      code: "ENV_URL_IS_PROXY",
      severity: "error",
      title: { en: "The base URL is the address of the proxy", zh: "base URL 填成了代理的地址" },
      meaning: {
        en: "The same host and port are set as the proxy. A forward proxy is asked for a tunnel, not for /v1/messages, and does not know that path.",
        zh: "同一主机和端口同时被设为代理。转发代理用来建立隧道，而不是接收 /v1/messages，它不认识这个路径。",
      },
      advice: { en: "Remove the base URL and leave the proxy variable.", zh: "请删除 base URL，只保留代理变量。" },
      sources: [DOCS.network, DOCS.gateway],
    },
    (lint, setting, facts, ctx) => {
      if (facts["http.hello"]?.speaksApi === true) return undefined;
      const proxy = ctx.environment.variables.get(String(lint.detail["proxy"]))?.effective;
      return {
        confidence: 0.9,
        evidence: [seen(setting), ...(proxy === undefined ? [] : [seen(proxy)])],
        fix: [removal(ctx.machine, setting)],
      };
    },
  ),
  lintRule(
    "env.url",
    ["web-page"],
    {
      code: "ENV_URL_WEB_PAGE",
      severity: "error",
      title: { en: "The base URL is a page for people, not the API", zh: "base URL 填的是网页，而不是 API" },
      meaning: {
        en: "Under this name Anthropic has a web site. It answers requests for the API with an HTML page.",
        zh: "这个域名是 Anthropic 的网站，对 API 请求只会返回 HTML 页面。",
      },
      advice: {
        en: "Remove the base URL: https://api.anthropic.com is the default.",
        zh: "请删除 base URL：默认就是 https://api.anthropic.com。",
      },
      sources: ["https://github.com/vellum-ai/vellum-assistant/issues/25930", DOCS.api],
    },
    (_lint, setting, facts, { machine }) =>
      facts["http.hello"]?.speaksApi === true
        ? undefined
        : { evidence: [seen(setting)], fix: [removal(machine, setting)] },
  ),
  lintRule(
    "env.url",
    ["typo"],
    {
      code: "ENV_URL_TYPO",
      severity: "warning",
      title: {
        en: "The base URL looks like a misspelt api.anthropic.com",
        zh: "base URL 像是 api.anthropic.com 的误写",
      },
      meaning: {
        en: "The name differs from the API's by a letter or two, or by its ending. A key that is sent there goes to whoever owns that name.",
        zh: "该域名与 API 的域名只差一两个字母或后缀不同。发往那里的密钥会落到该域名的所有者手中。",
      },
      advice: {
        en: "Remove the base URL: https://api.anthropic.com is the default.",
        zh: "请删除 base URL：默认就是 https://api.anthropic.com。",
      },
      sources: [DOCS.api],
      says: [/getaddrinfo ENOTFOUND api\.ant/i],
    },
    (_lint, setting, facts, { machine }) => {
      const broken = brokenAt(facts);
      return {
        severity: broken !== undefined || refused(facts) ? "error" : "warning",
        confidence: broken === undefined ? 0.7 : 0.95,
        evidence: [seen(setting), ...(broken === undefined ? [] : [broken]), ...refusal(facts)],
        fix: [removal(machine, setting)],
      };
    },
  ),
  lintRule(
    "env.url",
    ["user-in-url"],
    {
      code: "ENV_URL_HAS_USER",
      severity: "warning",
      title: { en: "The base URL holds a name and password", zh: "base URL 中含有用户名和密码" },
      meaning: {
        en: "fetch refuses a URL with a name and password in it (Node, browsers). What is left of it in logs is a secret, too.",
        zh: "fetch 会拒绝含有用户名和密码的 URL（Node、浏览器）。它留在日志中也会泄露机密。",
      },
      advice: {
        en: "Take name and password out, and send them as ANTHROPIC_AUTH_TOKEN or ANTHROPIC_CUSTOM_HEADERS.",
        zh: "请去掉用户名和密码，改用 ANTHROPIC_AUTH_TOKEN 或 ANTHROPIC_CUSTOM_HEADERS 发送。",
      },
      sources: ["https://fetch.spec.whatwg.org/#dom-request", DOCS.gateway],
      says: [/Request cannot be constructed from a URL that includes credentials/i],
    },
    (_lint, setting, _facts, { machine, environment }) => ({
      severity: environment.client === "node" ? "error" : "warning",
      evidence: [seen(setting)],
      fix: [replacement(machine, setting, (text) => text.replace(/\/\/[^/]*@/, "//"))],
    }),
  ),
];

const REASONS: { readonly [problem: string]: Fix["note"] } = {
  reference: { en: "It holds a reference that only a shell would fill in.", zh: "其中含有只有 shell 才会替换的引用。" },
  "bad-scheme": { en: "Its scheme is neither http nor https.", zh: "其协议既不是 http 也不是 https。" },
  twice: { en: "It holds http:// or https:// twice.", zh: "其中 http:// 或 https:// 写了两遍。" },
  invisible: {
    en: "It holds a character that nobody sees (zero-width, no-break space), most often from copying out of a chat or a page.",
    zh: "其中含有看不见的字符（零宽字符、不换行空格），多半是从聊天窗口或网页复制而来。",
  },
  query: {
    en: "It has a query or a fragment, behind which no path can stand.",
    zh: "它带有查询参数或片段，后面无法再接路径。",
  },
};

/** True when a message's path behind this base is known to what answers. */
function answersThere(facts: Facts): boolean {
  if (accepted(facts)) return true;
  const asked = facts["http.hello"]?.exchanges.filter(
    ({ method, path }) => method === "POST" && /\/messages\b/.test(path),
  );
  return (
    asked?.some(
      ({ status, author }) => status !== undefined && status !== 404 && status !== 405 && author !== "web-server",
    ) ?? false
  );
}

function corrected({ machine }: Context, setting: Setting): Fix[] {
  const right = repairedUrl(textOf(setting.value), setting.name);
  if (right !== undefined) {
    if (right === "https://api.anthropic.com")
      return [
        removal(machine, setting, {
          en: "https://api.anthropic.com is the default.",
          zh: "默认就是 https://api.anthropic.com。",
        }),
      ];
    return [replacement(machine, setting, (text) => repairedUrl(text, setting.name) ?? text, right)];
  }
  if (setting.source.kind !== "shell")
    return [removal(machine, setting, { en: "Or write it as https://host.", zh: "或写成 https://host 的形式。" })];
  return [
    removal(machine, setting, {
      en: "Then the default https://api.anthropic.com is used.",
      zh: "之后使用默认的 https://api.anthropic.com。",
    }),
    {
      ...here(machine),
      commands: [setCommand(machine.shell, setting.name, "https://gateway.example.com")],
      note: { en: "Or set it to your gateway's address.", zh: "或设置为您的网关地址。" },
    },
  ];
}

function secureUrl(text: string): string {
  return text.replace(/^http:/i, "https:");
}
