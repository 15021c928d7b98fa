// Rules about credit, caps, limits and load.

import { parseRfc3339 } from "@fairlead/protocol";
import type { Exchanged } from "../facts/http.ts";
import type { Evidence, Rule } from "../finding.ts";
import { header, keyedOf } from "../http/reading.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";
import { statusEvidence } from "./http-service.ts";

const LIMITS_PAGE = "https://platform.claude.com/docs/en/api/rate-limits";
const CAPS = new Set([
  "enforced_spend_limit_reached",
  "contract_spend_limit_reached",
  "linked_organization_spend_limit_reached",
]);
const CAP_TEXT =
  /reached your (?:\w+ ){0,3}API usage limits|crossed its monthly API usage threshold|spend limit reached/i;
const CREDIT_TEXT = /credit balance is too low/i;
/** What gateways say when their own account of somebody is empty. */
const BUDGET_TEXT =
  /budget has been exceeded|insufficient[ _](?:user[ _])?(?:credits?|balance|quota|funds)|quota (?:is )?(?:exhausted|not enough)|out of credits|(?:余额|额度|积分)(?:已)?(?:不足|用尽|用完|耗尽)|欠费/i;

/** The gateway's own account is empty: no limit of time, none of Claude's. */
function isBroke({
  status,
  author,
  errorCode = "",
  errorType = "",
  errorMessage = "",
  bodyStart = "",
}: Exchanged): boolean {
  if (author !== "gateway" || status === undefined || status < 400) return false;
  return (
    status === 402 ||
    BUDGET_TEXT.test(`${errorType} ${errorCode} ${errorMessage || bodyStart}`) ||
    errorType === "budget_exceeded"
  );
}

function isCap({ status, author, errorCode = "", errorMessage = "", headers, errorType }: Exchanged): boolean {
  if (CAPS.has(errorCode) || CAP_TEXT.test(errorMessage)) return true;
  // The API gives every limit that passes a time to wait; a cap has none.
  const waits = headers.some(([name]) => name === "retry-after" || name === "retry-after-ms");
  return (
    status === 429 &&
    author === "anthropic-api" &&
    errorType === "rate_limit_error" &&
    !waits &&
    errorCode !== "ramp_limit_exceeded"
  );
}

/** The rules. */
export const ACCOUNT_LIMIT_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "ACCOUNT_CREDIT_LOW",
      layer: "account",
      severity: "error",
      title: { en: "The prepaid credit is used up", zh: "预付余额已用完" },
      meaning: {
        en: "The key is good, its organisation has no credit left. When you have a subscription: a key that is set is used, and charged, before the subscription.",
        zh: "密钥有效，但其组织没有余额。若你有订阅：只要设置了密钥，就会先使用密钥并计费，而不是订阅。",
      },
      advice: {
        en: "Buy credit, or unset ANTHROPIC_API_KEY to use the subscription.",
        zh: "请充值，或取消 ANTHROPIC_API_KEY 以使用订阅。",
      },
      sources: [PAGES.codeErrors, "https://github.com/anthropics/claude-code/issues/14102"],
      says: [CREDIT_TEXT, /billing_error/],
      yieldsTo: ["ENV_KEY_SHADOWS_LOGIN"],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(
        (one) => CREDIT_TEXT.test(one.errorMessage ?? "") || one.errorType === "billing_error" || isBroke(one),
      );
      const first = by[0];
      if (first === undefined) return undefined;
      if (isBroke(first)) {
        const { host } = ctx.target;
        return {
          by: [first],
          title: { en: `The account at ${host} is used up`, zh: `在 ${host} 的账户余额或预算已用完` },
          why: {
            en: "The gateway knows the key and has set it a budget or a balance, and that is spent. It is the gateway's account, not one at Anthropic.",
            zh: "网关认识该密钥，并为其设置了预算或余额，现已用完。这是网关的账户，而不是 Anthropic 的账户。",
          },
          fix: [
            advise(
              `Top up the account at ${host}, or ask whoever runs it for a higher budget for this key.`,
              `请在 ${host} 充值，或请其运营者提高该密钥的预算。`,
            ),
          ],
        };
      }
      const name = facts["credentials.accepted"]?.name ?? "ANTHROPIC_API_KEY";
      return {
        by: by.slice(0, 1),
        fix: [
          advise(
            "Buy credit or switch automatic top-up on: https://platform.claude.com/settings/billing",
            "充值或开启自动充值：https://platform.claude.com/settings/billing",
          ),
          ...(ctx.environment.client === "claude-code"
            ? [
                advise(
                  `With a Claude subscription: unset ${name} so that Claude Code uses the login instead.`,
                  `若有 Claude 订阅：取消 ${name}，让 Claude Code 使用登录。`,
                  [`unset ${name}`],
                ),
              ]
            : []),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_SPEND_CAP",
      layer: "account",
      severity: "error",
      title: { en: "A spend cap is reached", zh: "已达到消费上限" },
      meaning: {
        en: "It looks like a rate limit (429) or a bad request (400), but waiting does not help: the organisation's or workspace's cap for the month is reached.",
        zh: "看起来像速率限制（429）或错误请求（400），但等待没有用：组织或工作区的月度上限已用完。",
      },
      advice: {
        en: "Raise the cap, or wait until the first of the next month (UTC).",
        zh: "请提高上限，或等到下月 1 日（UTC）。",
      },
      sources: [PAGES.errors],
      says: [CAP_TEXT, /spend_limit_reached/],
    },
    (facts) => {
      const by = keyedOf(facts).filter((one) => isCap(one) && !CREDIT_TEXT.test(one.errorMessage ?? ""));
      const one = by[0];
      if (one === undefined) return undefined;
      const sure = CAPS.has(one.errorCode ?? "") || CAP_TEXT.test(one.errorMessage ?? "");
      return {
        by: [one],
        confidence: sure ? 0.95 : 0.7,
        evidence:
          one.status === 429
            ? [
                {
                  en: "429 without retry-after: not a limit that passes",
                  zh: "429 没有 retry-after：不是会自行恢复的限制",
                },
              ]
            : [],
        fix: [
          advise(
            "See and raise the limits of organisation and workspace: https://platform.claude.com/settings/limits",
            "查看并提高组织与工作区的上限：https://platform.claude.com/settings/limits",
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_RATE_LIMITED",
      layer: "account",
      severity: "error",
      title: { en: "A rate limit is reached", zh: "已达到速率限制" },
      meaning: {
        en: "The account has used up its requests or tokens of the minute; the answer says which and until when. It passes by itself.",
        zh: "账号已用完当前分钟的请求数或 token 数；响应中写明了是哪一种、何时恢复。它会自行解除。",
      },
      advice: {
        en: "Wait as long as retry-after says, send less at once, or have the limit raised.",
        zh: "按 retry-after 等待，减少并发，或申请提高限制。",
      },
      sources: [PAGES.errors, LIMITS_PAGE, PAGES.codeErrors],
      says: [/Request rejected \(429\)/i, /rate_limit_error/, /exceeded your .* rate limit/i],
      yieldsTo: ["ACCOUNT_SPEND_CAP", "ACCOUNT_BEDROCK_QUOTA", "ACCOUNT_VERTEX_QUOTA", "ACCOUNT_CREDIT_LOW"],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(
        (one) =>
          one.status === 429 &&
          one.author !== "aws" &&
          one.author !== "google" &&
          one.author !== "cloudflare" &&
          !isCap(one) &&
          !isBroke(one),
      );
      const one = by[0];
      if (one === undefined) return undefined;
      const wait = header(one, "retry-after");
      return {
        by: [one],
        evidence: limitEvidence(one, ctx.rt.clock.wall()),
        fix: [
          wait === undefined
            ? advise("Wait a minute and try again with fewer requests at once.", "等待一分钟，减少并发后重试。")
            : advise(`Wait ${wait} seconds; earlier attempts fail as well.`, `等待 ${wait} 秒；提前重试同样会失败。`),
          ctx.target.official
            ? advise(
                "Limits of the organisation: https://platform.claude.com/settings/limits",
                "组织的限制：https://platform.claude.com/settings/limits",
              )
            : advise(
                `The limit may be that of ${ctx.target.host}: ask whoever runs it.`,
                `该限制可能由 ${ctx.target.host} 设定：请询问其运营者。`,
              ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "ACCOUNT_OVERLOADED",
      layer: "account",
      severity: "error",
      title: { en: "The model is overloaded", zh: "模型过载" },
      meaning: {
        en: "All capacity for this model is in use, for everybody. It is no limit of yours and no fault of the line.",
        zh: "该模型的容量已被全部占用，对所有人都是如此。这不是你的额度限制，也不是线路故障。",
      },
      advice: { en: "Try again with growing pauses, or use another model.", zh: "逐步延长间隔重试，或改用其他模型。" },
      sources: [PAGES.errors, PAGES.codeErrors],
      says: [/Repeated 529 Overloaded/i, /overloaded_error/],
    },
    (facts) => {
      const by = [...keyedOf(facts), ...(facts["http.hello"]?.exchanges ?? [])].filter(
        ({ status, errorType }) => status === 529 || errorType === "overloaded_error",
      );
      if (by.length === 0) return undefined;
      const model = facts["account.count"]?.model ?? facts["account.message"]?.model;
      return {
        by: by.slice(0, 2),
        evidence: statusEvidence(facts),
        fix: [
          advise(
            "Wait some minutes; programs do best to retry with growing pauses.",
            "等待几分钟；程序应逐步延长间隔重试。",
          ),
          advise(
            `Another model may have room${model === undefined ? "" : ` (asked: ${model})`}.`,
            `其他模型可能仍有容量${model === undefined ? "" : `（当前：${model}）`}。`,
          ),
        ],
      };
    },
  ),
];

/** Which limit it is and when it is over, by the headers. */
function limitEvidence(one: Exchanged, nowMs: number): readonly Evidence[] {
  const lines: Evidence[] = [];
  for (const [name, value] of one.headers) {
    const kind = /^anthropic-(?:ratelimit-)?(.+)-remaining$/.exec(name)?.[1];
    if (kind === undefined || Number(value) > 0) continue;
    const limit = header(one, name.replace(/remaining$/, "limit"));
    const reset = header(one, name.replace(/remaining$/, "reset"));
    const at = reset === undefined ? undefined : parseRfc3339(reset.trim());
    const seconds = at === undefined ? undefined : Math.max(0, Math.round((at - nowMs) / 1000));
    lines.push({
      en: `used up: ${kind}${limit === undefined ? "" : ` (limit ${limit})`}${seconds === undefined ? "" : `, full again in ${seconds} s`}`,
      zh: `已用完：${kind}${limit === undefined ? "" : `（上限 ${limit}）`}${seconds === undefined ? "" : `，${seconds} 秒后恢复`}`,
    });
  }
  const wait = header(one, "retry-after");
  return wait === undefined ? lines : [...lines, { en: `retry-after: ${wait} s`, zh: `retry-after：${wait} 秒` }];
}
