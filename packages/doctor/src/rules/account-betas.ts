// Rules about betas, fields and content types that get lost or are refused on the way.

import type { Context } from "../context.ts";
import { setCommand } from "../environment/setting-fix.ts";
import type { Fix, Rule } from "../finding.ts";
import { keyedOf } from "../http/reading.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";

const SWITCH = "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS";
const BETA_TEXT = /Unexpected value\(s\)[\s\S]*anthropic-beta|invalid beta flag|capability_rejected: beta_header/i;
const FIELD_TEXT = /Extra inputs are not permitted/i;

function switchOff(ctx: Context): Fix[] {
  const { shell } = ctx.machine;
  if (ctx.environment.client !== "claude-code")
    return [
      advise(
        "Leave out the beta that is named, and the field that goes with it, when calling this host.",
        "调用该主机时，请去掉所指的 beta 以及与之对应的字段。",
      ),
    ];
  return [
    {
      os: "any",
      shell,
      commands: [setCommand(shell, SWITCH, "1")],
      note: {
        en: `Claude Code then leaves its betas out. To keep it, put ${SWITCH} into "env" of ~/.claude/settings.json.`,
        zh: `Claude Code 将不再发送这些 beta。若要长期生效，请把 ${SWITCH} 写入 ~/.claude/settings.json 的 "env"。`,
      },
    },
    advise(
      "Better: have the gateway forward anthropic-beta and the body as they are to Anthropic, or translate both for Bedrock and Vertex.",
      "更好的做法：让网关把 anthropic-beta 和请求体原样转发给 Anthropic，或为 Bedrock 与 Vertex 同时转换两者。",
    ),
  ];
}

/** The rules. */
export const ACCOUNT_BETA_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "ACCOUNT_BETA_REJECTED",
      layer: "account",
      severity: "error",
      title: {
        en: "What is behind the gateway refuses a beta that the program sends",
        zh: "网关后端拒绝了程序发送的 beta",
      },
      meaning: {
        en: "Programs send Anthropic's own betas. A gateway that hands them on to Bedrock, Vertex or an older API gets 400 for those that are unknown there.",
        zh: "程序会发送 Anthropic 自己的 beta。网关若把它们转发给 Bedrock、Vertex 或较旧的 API，未知的 beta 会导致 400。",
      },
      advice: {
        en: `Set ${SWITCH}=1, or have the gateway take out what its upstream does not know.`,
        zh: `设置 ${SWITCH}=1，或让网关去掉其上游不认识的 beta。`,
      },
      sources: [
        "https://github.com/QuantumNous/new-api/issues/2975",
        "https://github.com/anthropics/claude-code/issues/13770",
        PAGES.protocol,
      ],
      says: [BETA_TEXT],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(({ errorMessage = "" }) => BETA_TEXT.test(errorMessage));
      const one = by[0];
      if (one === undefined) return undefined;
      const value = /`([\w-]+)`/.exec(one.errorMessage ?? "")?.[1];
      const own = (ctx.environment.value("ANTHROPIC_BETAS") ?? "").split(",").map((beta) => beta.trim());
      const count = facts["account.count"];
      const flipped = count?.bare?.ok === true;
      return {
        by: [one],
        confidence: flipped ? 0.98 : 0.9,
        evidence: [
          ...(value === undefined ? [] : [{ en: `refused: ${value}`, zh: `被拒绝：${value}` }]),
          ...(flipped
            ? [{ en: "without the betas the same request is answered", zh: "去掉 beta 后，同样的请求得到了响应" }]
            : []),
        ],
        fix:
          value !== undefined && own.includes(value)
            ? [advise(`Take ${value} out of ANTHROPIC_BETAS.`, `从 ANTHROPIC_BETAS 中去掉 ${value}。`)]
            : switchOff(ctx),
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_EXTRA_INPUTS",
      layer: "account",
      severity: "error",
      title: {
        en: "A field of the request arrives, the beta header that belongs to it does not",
        zh: "请求字段到达了，但与之对应的 beta 头没有到达",
      },
      meaning: {
        en: 'A body field such as context_management needs its beta header. A gateway that drops one of the two, or an upstream that does not know the field, answers 400 "Extra inputs are not permitted".',
        zh: "context_management 等请求字段需要对应的 beta 头。网关丢掉其中之一，或上游不认识该字段时，会返回 400 “Extra inputs are not permitted”。",
      },
      advice: {
        en: `Have the gateway forward anthropic-beta; until then set ${SWITCH}=1.`,
        zh: `让网关转发 anthropic-beta；在此之前可设置 ${SWITCH}=1。`,
      },
      sources: [
        "https://github.com/anthropics/claude-code/issues/21612",
        "https://github.com/BerriAI/litellm/issues/26240",
        PAGES.protocol,
      ],
      says: [FIELD_TEXT],
      yieldsTo: ["ACCOUNT_BETA_REJECTED"],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(({ errorMessage = "" }) => FIELD_TEXT.test(errorMessage));
      const one = by[0];
      if (one === undefined) return undefined;
      const field = /([\w.]+): Extra inputs/.exec(one.errorMessage ?? "")?.[1];
      const flipped = facts["account.count"]?.bare?.ok === true;
      return {
        by: [one],
        confidence: flipped ? 0.98 : 0.85,
        evidence: [
          ...(field === undefined ? [] : [{ en: `field: ${field}`, zh: `字段：${field}` }]),
          ...(flipped ? [{ en: "without it the same request is answered", zh: "去掉后，同样的请求得到了响应" }] : []),
        ],
        fix: switchOff(ctx),
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_BETA_STRIPPED",
      layer: "account",
      severity: "warning",
      title: { en: "The beta header does not arrive", zh: "beta 头没有到达" },
      meaning: {
        en: "A beta that nobody can know was sent, and nobody complained: a gateway takes the header out. Features that need it fail or stay silently off.",
        zh: "发送了一个不存在的 beta，却没有任何报错：网关去掉了该请求头。依赖它的功能会失败，或被悄悄关闭。",
      },
      advice: { en: "Have the gateway forward anthropic-beta unchanged.", zh: "请让网关原样转发 anthropic-beta。" },
      sources: [PAGES.protocol],
    },
    (facts, ctx) => {
      const count = facts["account.count"];
      // A gateway that answers the count by itself has no reason to look at betas.
      if (
        count?.betaHeard !== false ||
        !count.exchange.ok ||
        count.exchange.author !== "anthropic-api" ||
        ctx.target.official
      )
        return undefined;
      return {
        by: [count.exchange],
        confidence: 0.6,
        severity: "info",
        fix: [
          advise(
            `On ${ctx.target.host}: forward the request header anthropic-beta as it comes.`,
            `在 ${ctx.target.host} 上：原样转发请求头 anthropic-beta。`,
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_CONTENT_TYPE",
      layer: "account",
      severity: "error",
      title: { en: "The content type is lost or doubled on the way", zh: "content-type 在途中丢失或重复" },
      meaning: {
        en: "The request leaves with content-type: application/json, and the far end complains about it: something on the way drops or doubles the header, or takes one spelling only.",
        zh: "请求带有 content-type: application/json 发出，但对端对此报错：途中有环节丢掉或重复了该请求头，或只接受一种写法。",
      },
      advice: {
        en: "Look at the gateway or proxy that changes headers; compare the spellings that the evidence lists.",
        zh: "请检查会改写请求头的网关或代理，并比较证据中列出的各种写法。",
      },
      sources: [PAGES.errors],
      says: [/415 Unsupported Media Type/i, /content-?type.*(?:must be|unsupported|expected).*application\/json/i],
    },
    (facts, ctx) => {
      const count = facts["account.count"];
      const tried = count?.contentTypes;
      if (count === undefined || tried === undefined) return undefined;
      const good = tried.filter(({ status = 0 }) => status >= 200 && status < 300);
      const custom = /^\s*content-type\s*:/im.test(ctx.environment.value("ANTHROPIC_CUSTOM_HEADERS") ?? "");
      return {
        by: [count.exchange],
        evidence: tried.map(({ sent, status }) => ({
          en: `content-type ${sent}: ${status ?? "no answer"}`,
          zh: `content-type ${sent}：${status ?? "没有响应"}`,
        })),
        fix: [
          custom
            ? advise(
                "Take Content-Type out of ANTHROPIC_CUSTOM_HEADERS: the program sends it already.",
                "从 ANTHROPIC_CUSTOM_HEADERS 中移除 Content-Type：程序本身已经发送它。",
              )
            : good.length > 0
              ? advise(
                  `${ctx.target.host} takes ${good.map(({ sent }) => sent).join(" or ")} only; have it take application/json as programs send it.`,
                  `${ctx.target.host} 只接受 ${good.map(({ sent }) => sent).join(" 或 ")}；请让它接受程序发送的 application/json。`,
                )
              : advise(
                  `On ${ctx.target.host}: forward Content-Type once and unchanged.`,
                  `在 ${ctx.target.host} 上：将 Content-Type 原样转发，且只转发一次。`,
                ),
        ],
      };
    },
  ),
];
