// Rules about answers that are none of Claude's API: a wrong path, a web site, something else, a broken encoding.

import { setCommand } from "../environment/setting-fix.ts";
import type { Rule } from "../finding.ts";
import { authorWords, helloOf, isClaudes, ownsItsPage, speaks } from "../http/reading.ts";
import { advise, answersWhere, exchangeRule, PAGES } from "./exchange-rule.ts";

/** What explains an answer better than the path does. */
const BARRED = [
  "HTTP_REGION_REFUSED",
  "HTTP_CLOUDFLARE_CHALLENGE",
  "HTTP_CLOUDFLARE_BLOCKED",
  "HTTP_RELAY_ORIGIN_DOWN",
  "HTTP_CAPTIVE_PORTAL",
  "HTTP_PROXY_BLOCK_PAGE",
  "HTTP_SANDBOX_DENIED",
  "HTTP_GATEWAY_UPSTREAM_DOWN",
  "HTTP_SERVICE_ERROR",
  "HTTP_WANTS_TLS",
  "HTTP_REDIRECTED",
  "HTTP_FRONT_REFUSES",
];

/** The rules. */
export const HTTP_PATH_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "HTTP_WRONG_PATH",
      layer: "http",
      severity: "error",
      title: { en: "The base URL has the wrong path", zh: "基础 URL 的路径不对" },
      meaning: {
        en: "The host is right and speaks Claude's API, but not under the path that the base URL gives: programs add /v1/messages to it by themselves.",
        zh: "主机没有错，也提供 Claude API，但不在基础 URL 给出的路径下：程序会自动在其后加上 /v1/messages。",
      },
      advice: {
        en: "Set the base URL to what the gateway's documents name as the root of its Anthropic API: with its prefix (such as /api), without /v1 or /v1/messages.",
        zh: "把基础 URL 设为网关文档中 Anthropic API 的根地址：保留其前缀（例如 /api），不要带 /v1 或 /v1/messages。",
      },
      sources: ["https://github.com/Wei-Shaw/claude-relay-service/issues/113", PAGES.gateway],
      yieldsTo: ["ENV_URL_HAS_PATH"],
      says: [/Route \/v1\/messages\S* not found/i, /\/v1\/v1\/messages/, /404 page not found/i],
    },
    (facts, ctx) => {
      const right = facts["http.hello"]?.rightUrl;
      const seen = helloOf(facts);
      if (right === undefined || seen === undefined) return undefined;
      const name = ctx.target.from?.name ?? "ANTHROPIC_BASE_URL";
      const path = ctx.target.from?.source.path;
      const before = ctx.target.url.href.replace(/\/$/, "");
      return {
        by: [seen],
        evidence: [
          {
            en: `POST ${right}/v1/messages answers as Claude's API does`,
            zh: `POST ${right}/v1/messages 的响应符合 Claude API`,
          },
        ],
        why: {
          en: `Under ${before} there is no Claude API; under ${right} there is.`,
          zh: `${before} 下没有 Claude API，而 ${right} 下有。`,
        },
        fix: [
          path === undefined
            ? {
                os: "any",
                shell: ctx.machine.shell,
                commands: [setCommand(ctx.machine.shell, name, right)],
                note: { en: `Set ${name} to ${right}.`, zh: `把 ${name} 设为 ${right}。` },
              }
            : advise(`In ${path}, set ${name} to ${right}.`, `在 ${path} 中把 ${name} 设为 ${right}。`),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_WEB_FRONT",
      layer: "http",
      severity: "error",
      title: { en: "The base URL leads to a web site, not to an API", zh: "基础 URL 指向的是网站，而不是 API" },
      meaning: {
        en: "Pages for people came back. The address is that of a vendor's web front, or of a web server that does not hand these paths on.",
        zh: "返回的是给人看的网页。该地址是服务商的网站，或是一个没有转发这些路径的 Web 服务器。",
      },
      advice: {
        en: "Take the API's root from the vendor's documents; it often has another host name.",
        zh: "请查阅服务商文档中的 API 根地址，它的主机名往往不同。",
      },
      sources: ["https://github.com/vellum-ai/vellum-assistant/issues/25930", PAGES.gateway],
      says: [/\(40[45]\): <!DOCTYPE html/i, /Unexpected token '?<'?/],
      yieldsTo: ["HTTP_WRONG_PATH", "ENV_URL_WEB_PAGE", ...BARRED],
    },
    (facts, ctx) => {
      const seen = helloOf(facts);
      if (
        seen?.status === undefined ||
        seen.status >= 500 ||
        seen.status === 413 ||
        seen.status === 429 ||
        seen.bodyKind !== "html" ||
        !(seen.author === "web-server" || (seen.author === "captive-portal" && ownsItsPage(facts, ctx)))
      )
        return undefined;
      const { host } = ctx.target;
      return {
        by: [seen],
        confidence: ctx.target.official ? 0.7 : 0.9,
        fix: [
          advise(
            `Look into the documents of ${host} for its Anthropic-compatible API root and set ANTHROPIC_BASE_URL to that.`,
            `请在 ${host} 的文档中查找兼容 Anthropic 的 API 根地址，并将 ANTHROPIC_BASE_URL 设为它。`,
          ),
          advise(
            `If ${host} is your own web server: pass /v1/ on to the gateway behind it.`,
            `如果 ${host} 是你自己的 Web 服务器：请把 /v1/ 转发给后面的网关。`,
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_NOT_THE_API",
      layer: "http",
      severity: "error",
      title: { en: "What answers there does not speak Claude's API", zh: "对端不提供 Claude API" },
      meaning: {
        en: "Something listens at the address and answers, but neither as the Messages API does nor as a gateway for it would.",
        zh: "该地址上有程序在监听并作出响应，但既不像 Messages API，也不像它的网关。",
      },
      advice: {
        en: "Check host and port of the base URL. A gateway that speaks OpenAI's API only needs a translator in front of it for Claude programs.",
        zh: "请检查基础 URL 的主机和端口。只提供 OpenAI 接口的网关需要在前面加转换层，Claude 程序才能使用。",
      },
      sources: [PAGES.protocol],
      says: [/empty or malformed response/i, /HPE_INVALID_CONSTANT/, /Parse Error: Expected HTTP/i],
      yieldsTo: [
        "HTTP_WRONG_PATH",
        "HTTP_WEB_FRONT",
        "HTTP_ENCODING_BELIED",
        "ENV_URL_WEB_PAGE",
        "TLS_NOT_TLS",
        ...BARRED,
      ],
    },
    (facts, ctx) => {
      const seen = helloOf(facts);
      if (seen === undefined) return undefined;
      const garbage = seen.status === undefined && /^HPE_/.test(seen.error ?? "");
      const other =
        seen.status !== undefined &&
        seen.status < 500 &&
        seen.status !== 413 &&
        seen.status !== 429 &&
        seen.cut === undefined &&
        !speaks(seen, isClaudes(ctx));
      if (!garbage && !other) return undefined;
      const { host, port } = ctx.target;
      const by = authorWords(seen);
      const said = (seen.errorMessage ?? seen.bodyStart ?? "").replace(/\s+/g, " ").slice(0, 120);
      return {
        by: [seen],
        confidence: 0.75,
        evidence: garbage || said === "" ? [] : [{ en: `it said: ${said}`, zh: `它的内容：${said}` }],
        why: garbage
          ? {
              en: `${host}:${port} answers with something that is no HTTP at all.`,
              zh: `${host}:${port} 返回的内容根本不是 HTTP。`,
            }
          : {
              en: `${host}:${port} answered as ${by.en}, and not in the words of Claude's API.`,
              zh: `${host}:${port} 的响应来自${by.zh}，不符合 Claude API 的格式。`,
            },
        fix: ctx.target.official
          ? [
              advise(
                `${host} is the provider's own address, so something between here and there answered in its place, or the settings of the cloud (region, project, resource, base URL) do not fit it. Compare with another network; when it is the same there, check those settings.`,
                `${host} 是服务商自己的地址，因此是途中的某个环节代它作答，或云平台的设置（区域、项目、资源、基础 URL）与之不符。请换一个网络比较；若结果相同，请检查这些设置。`,
              ),
            ]
          : [
              advise(
                `Check that ${host}:${port} is the address of the gateway (its log shows the port) and that it offers POST /v1/messages.`,
                `请确认 ${host}:${port} 是网关的地址（端口见其日志），并且它提供 POST /v1/messages。`,
              ),
            ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_ENCODING_BELIED",
      layer: "http",
      severity: "error",
      title: { en: "The answer's encoding is not what its header says", zh: "响应的编码与其声明不符" },
      meaning: {
        en: "A relay on the way unpacked the body and left Content-Encoding on it, or packed it and left the header off. Programs fail when they read it (ZlibError, garbage in messages).",
        zh: "途中的中转解压了响应体却保留 Content-Encoding，或压缩了响应体却没有声明。程序读取时会出错（ZlibError、错误信息乱码）。",
      },
      advice: {
        en: "The relay has to drop Content-Encoding when it unpacks, or pass bodies on untouched.",
        zh: "中转在解压后必须去掉 Content-Encoding，或原样转发响应体。",
      },
      sources: [
        "https://github.com/qualixar/superlocalmemory/issues/79",
        "https://github.com/anthropics/claude-code/issues/20199",
        "https://github.com/farion1231/cc-switch/issues/3901",
      ],
      says: [/ZlibError/, /Decompression error/i, /incorrect header check/i, /ERR_CONTENT_DECODING_FAILED/],
      yieldsTo: ["STREAM_ENCODING_BELIED"],
    },
    (facts, ctx) => {
      const by = answersWhere(facts, ({ encodingBelied }) => encodingBelied === true);
      if (by.length === 0) return undefined;
      const said = by[0]?.contentEncoding;
      const { host } = ctx.target;
      return {
        by,
        evidence: [
          said === undefined
            ? {
                en: "the body begins as compressed data does, and no header says so",
                zh: "响应体以压缩数据的特征字节开头，但没有任何响应头声明",
              }
            : {
                en: `the header says content-encoding: ${said}, and the body is not that`,
                zh: `响应头声明 content-encoding: ${said}，但响应体并非如此`,
              },
        ],
        fix: [
          advise(
            `Whoever runs ${host} (or the proxy before it) must forward bodies untouched, or take Content-Encoding off after unpacking.`,
            `${host}（或其前面的代理）的运营者必须原样转发响应体，或在解压后去掉 Content-Encoding。`,
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_BODY_LIMIT",
      layer: "http",
      severity: "warning",
      title: { en: "Requests over a certain size are refused on the way", zh: "超过一定大小的请求会在途中被拒绝" },
      meaning: {
        en: "A 413 came back. The API itself takes bodies of up to 32 MB; a web server or proxy before it often has a far smaller limit, and long conversations reach it.",
        zh: "返回了 413。API 本身接受最大 32 MB 的请求体，而前面的 Web 服务器或代理的限制往往小得多，长对话很容易触及。",
      },
      advice: {
        en: "Raise the limit of that hop to 32 MB (nginx: client_max_body_size).",
        zh: "把该环节的限制提高到 32 MB（nginx：client_max_body_size）。",
      },
      sources: [PAGES.errors, "https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size"],
      says: [/413 Request Entity Too Large/i, /request_too_large/, /Payload Too Large/i],
    },
    (facts, ctx) => {
      const large = facts["http.hello"]?.large;
      const small = answersWhere(facts, ({ status }) => status === 413);
      const by = small.length > 0 ? small : large?.status === 413 ? [large] : [];
      const one = by[0];
      if (one === undefined) return undefined;
      const who = authorWords(one);
      const nginx = one.by === "nginx" || one.by === "OpenResty";
      return {
        by,
        severity: small.length > 0 ? "error" : "warning",
        why: {
          en: `${small.length > 0 ? "Even a tiny request" : "A request of 4 MB"} was refused as too large by ${who.en}; the API takes 32 MB.`,
          zh: `${small.length > 0 ? "即使很小的请求" : "一个 4 MB 的请求"}也被${who.zh}以过大为由拒绝；API 可接受 32 MB。`,
        },
        fix: nginx
          ? [
              advise(
                `In the nginx configuration of ${ctx.target.host}, then reload it:`,
                `在 ${ctx.target.host} 的 nginx 配置中加入下面一行，然后重新加载：`,
                ["client_max_body_size 32m;"],
              ),
            ]
          : [
              advise(
                `Raise the request size limit of ${who.en} at ${ctx.target.host} to 32 MB.`,
                `把 ${ctx.target.host} 上${who.zh}的请求大小限制提高到 32 MB。`,
              ),
            ],
      };
    },
  ),
];
