// The rule for refusals that no other rule knows: what was asked with the credential was turned down, for a reason of its own.

import type { Rule } from "../finding.ts";
import { authorWords } from "../http/reading.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";

/** Builds it. `others` are the codes of all rules that know better. */
export function refusedRule(others: readonly string[]): Rule {
  return exchangeRule(
    {
      code: "ACCOUNT_REFUSED",
      layer: "account",
      severity: "error",
      title: { en: "Requests with the credential are refused", zh: "带凭据的请求被拒绝" },
      meaning: {
        en: "The line is sound and the far end reads the requests, but it turns down what is asked with this credential, for a reason that is its own.",
        zh: "线路正常，对端也能读取请求，但它以自己的理由拒绝了带此凭据的请求。",
      },
      advice: {
        en: "Go by the words of the refusal; whoever runs the far end knows what they mean.",
        zh: "请以拒绝信息的内容为准；对端的运营者了解其含义。",
      },
      sources: [PAGES.errors, PAGES.protocol],
      yieldsTo: others,
    },
    (facts, ctx) => {
      const count = facts["account.count"];
      const credential = facts["credentials.accepted"];
      if (count === undefined || count.absent || count.bare?.ok === true) return undefined;
      const { exchange } = count;
      const { status = 0 } = exchange;
      // A policy that allows messages and forgets the count.
      if (/not authorized to perform: \S*CountTokens/i.test(exchange.errorMessage ?? "")) return undefined;
      if (status < 400 || status >= 500 || status === 429 || facts["account.message"]?.exchange.ok === true)
        return undefined;
      const list = credential?.by === "models" ? credential.exchange : undefined;
      const both = list?.status !== undefined && list.status >= 400;
      const who = authorWords(exchange);
      const said = exchange.errorMessage ?? exchange.pageTitle;
      return {
        by: both && list !== undefined ? [list, exchange] : [exchange],
        // A gateway may turn down the count alone, which programs can do without.
        severity: both || ctx.target.platform !== "custom" ? "error" : "warning",
        confidence: 0.6,
        why: {
          en: `${who.en} refuses with ${status}${said === undefined ? "" : `: ${said}`}`,
          zh: `${who.zh}以 ${status} 拒绝${said === undefined ? "" : `：${said}`}`,
        },
        fix: [
          advise(
            ctx.target.platform === "custom"
              ? `Show whoever runs ${ctx.target.host} this answer; it is the gateway's own, not Claude's.`
              : "Look the answer up in the documents of the API; give support its request id when it says nothing to you.",
            ctx.target.platform === "custom"
              ? `请把此响应提供给 ${ctx.target.host} 的运营者；它来自网关，而不是 Claude。`
              : "请在 API 文档中查找该响应；若仍不清楚，请把 request id 提供给支持人员。",
          ),
        ],
      };
    },
  );
}
