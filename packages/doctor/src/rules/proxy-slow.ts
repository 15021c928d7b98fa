// The rule for a proxy that takes long over each connection.

import type { Rule } from "../finding.ts";
import { evidenceOf, letterOf, SOURCES, tryCommand, viewOf } from "./proxy-reading.ts";

/** A tunnel with its handshake takes three round trips: this is slow even round the world, milliseconds. */
const SLOW_MS = 2_000;

const slow: Rule = {
  code: "PROXY_SLOW",
  layer: "proxy",
  severity: "warning",
  title: { en: "The proxy takes long over each connection", zh: "代理建立每个连接都很慢" },
  meaning: {
    en: "The proxy opens tunnels, but only after seconds: it is overloaded, its name resolution hangs, or the node behind it is far or bad. Programs with a short limit for connecting give up, others are slow at each new connection.",
    zh: "代理能建立隧道，但要等数秒：它过载、域名解析卡顿，或其后端节点过远、质量差。连接超时较短的程序会放弃，其他程序每次新建连接都很慢。",
  },
  advice: {
    en: "With a local proxy program choose another node; with a company proxy show its administrator how long it takes.",
    zh: "本地代理程序请更换节点；公司代理请把耗时告知管理员。",
  },
  sources: [SOURCES.network],
  match(facts, ctx) {
    const view = viewOf(facts, ctx);
    const target = view?.tunnel?.target;
    if (view === undefined || target?.ok !== true || target.inner !== undefined || target.ms < SLOW_MS)
      return undefined;
    const seconds = (target.ms / 1_000).toFixed(1);
    // Slow is not broken, unless not one answer came through in the time that the examination has.
    const answered = facts["http.hello"]?.exchanges.some(({ status }) => status !== undefined) === true;
    return {
      confidence: 0.85,
      severity: answered ? "warning" : "error",
      evidence: evidenceOf(view),
      title: {
        en: `The proxy ${view.place} takes ${seconds} s over each connection`,
        zh: `代理 ${view.place} 建立每个连接需要 ${seconds} 秒`,
      },
      why: {
        en: `${view.set}: tunnel and handshake with ${target.to} took ${target.ms} ms.${answered ? "" : " No answer came through it within the time of this examination."}`,
        zh: `${view.set}：到 ${target.to} 的隧道和握手耗时 ${target.ms} 毫秒。${answered ? "" : "在本次检查的时间内没有经它收到任何应答。"}`,
      },
      fix: [
        {
          os: "any",
          shell: "any",
          commands: [tryCommand(view, ctx).replace("%{http_code}", "%{http_code} %{time_appconnect}s")],
          note: {
            en: "Choose another node in the proxy program, or show this to whoever runs the proxy; the last number is the time to the finished handshake.",
            zh: "在代理程序中更换节点，或把结果告知代理管理者；最后一个数是握手完成所用的时间。",
          },
        },
      ],
      letter: letterOf(view, ctx, {
        en: `The proxy ${view.place} takes ${seconds} s to open a connection to ${target.to}. Please look at its load and its name resolution.`,
        zh: `代理 ${view.place} 建立到 ${target.to} 的连接需要 ${seconds} 秒。请检查其负载和域名解析。`,
      }),
      explains: ["proxy.tunnel", "http.hello", "credentials.accepted", "http.hosts"],
    };
  },
};

/** The rule, as the others are given. */
export const PROXY_SLOW_RULES: readonly Rule[] = [slow];
