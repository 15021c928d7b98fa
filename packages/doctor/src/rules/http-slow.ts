// The rule for a far end that takes long before every answer, refusals among them.

import type { Rule } from "../finding.ts";
import { exchangesOf, SLOW_MS } from "../http/reading.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";

/** The rule, as the others are given. */
export const HTTP_SLOW_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "HTTP_SLOW",
      layer: "http",
      severity: "warning",
      title: { en: "Every answer takes seconds to begin", zh: "每个响应都要等数秒" },
      meaning: {
        en: "The line is quick and every answer is slow, even refusals for which no model is asked: the gateway, or something before it, does something slow or waits for somebody with each request.",
        zh: "线路很快，但每个响应都很慢，连无需调用模型的拒绝也是如此：网关或其前面的环节对每个请求都在做慢操作，或在等待别的服务。",
      },
      advice: {
        en: "Look at what the gateway does with each request before it sends it on: checking the key with another service, name lookups without a cache, logging, a start from cold.",
        zh: "请检查网关在转发前对每个请求做了什么：向其他服务校验密钥、没有缓存的域名解析、写日志、冷启动。",
      },
      sources: [PAGES.protocol],
      yieldsTo: ["TLS_SLOW"],
    },
    (facts, ctx) => {
      // The count that decided on the credential may stand for access to the model too.
      const seen = [...new Set(exchangesOf(facts))].filter(({ status }) => status !== undefined);
      const least = Math.min(...seen.map(({ ms }) => ms));
      if (seen.length === 0 || least < SLOW_MS) return undefined;
      const { host, url, official } = ctx.target;
      const seconds = (least / 1_000).toFixed(1);
      const windows = ctx.machine.platform === "win32";
      const [curl, nowhere] = windows ? ["curl.exe", "NUL"] : ["curl", "/dev/null"];
      const address = `${url.origin}${url.pathname.replace(/\/+$/, "")}/v1/models`;
      const measure = `${curl} -sS -o ${nowhere} -w "connected %{time_connect} s, answered %{time_starttransfer} s" ${address}`;
      return {
        by: seen.slice(0, 2),
        confidence: seen.length > 1 ? 0.9 : 0.7,
        title: {
          en: `${host} takes ${seconds} s before every answer`,
          zh: `${host} 在每个响应之前都要花 ${seconds} 秒`,
        },
        why: {
          en: `${seen.length} requests that need no model took at least ${seconds} s each on connections that stood. Every request of a program takes that much longer, and programs with short time limits give up.`,
          zh: `${seen.length} 个无需调用模型的请求，在连接建立之后各自至少花了 ${seconds} 秒。程序的每个请求都会因此变慢，超时较短的程序会放弃。`,
        },
        fix: [
          official
            ? advise(
                "Measure it, and compare with another network: if it is quick there, a proxy or filter on this one holds requests back.",
                "请测量，并换一个网络比较：若那里很快，则是当前网络的代理或过滤设备扣住了请求。",
                [measure],
              )
            : advise(
                `Measure it, here and on the machine of ${host} itself, and look into its log for what it does before it asks its upstream. --deep looks again with more time.`,
                `请在本机和 ${host} 所在机器上分别测量，并查看其日志，了解它在请求上游之前做了什么。加上 --deep 可用更多时间再检查一次。`,
                [measure],
              ),
        ],
      };
    },
  ),
];
