// Rules about handshakes that sometimes come about and sometimes do not.

import type { Fix, Rule } from "../finding.ts";
import { BEHIND_TLS, comparison, noneStands, own, tlsLetter, words } from "./tls-reading.ts";

function advise(en: string, zh: string, commands: readonly string[] = []): Fix {
  return { os: "any", shell: commands.length > 0 ? "sh" : "any", commands, note: words(en, zh) };
}

const unstable: Rule = {
  code: "TLS_UNSTABLE",
  layer: "tls",
  severity: "warning",
  title: words("Some TLS handshakes are reset, others are not", "部分 TLS 握手被重置，部分正常"),
  meaning: words(
    "The same handshake was cut off once and came about the next time: a filter that acts by chance, an overloaded box, or one of several servers that is broken.",
    "同样的握手一次被切断、下一次成功：随机生效的过滤、过载的设备，或多台服务器中有一台故障。",
  ),
  advice: words(
    "Programs that retry get through. Run the doctor again with --watch to see how often it happens.",
    "会重试的程序可以通过。用 --watch 运行以观察出现频率。",
  ),
  sources: ["https://github.com/anthropics/claude-code/issues/19301"],
  match(facts, ctx) {
    const all = own(facts);
    const address = all.find(
      (one) => one.ok && all.some((other) => !other.ok && other.address === one.address),
    )?.address;
    if (address === undefined) return undefined;
    const [good, bad] = [
      all.filter((one) => one.ok && one.address === address),
      all.filter((one) => !one.ok && one.address === address),
    ];
    return {
      confidence: 0.7,
      title: words(
        `${bad.length} of ${good.length + bad.length} handshakes with ${address} were cut off`,
        `与 ${address} 的 ${good.length + bad.length} 次握手中有 ${bad.length} 次被切断`,
      ),
      why: words("The same handshake failed and then came about a moment later.", "同样的握手先失败，片刻后又成功。"),
      evidence: comparison(facts),
      fix: [
        advise(
          "See how often it happens, and whether another network is free of it.",
          "观察出现频率，并对比其他网络是否也有。",
          ["npx @fairlead/doctor --watch"],
        ),
      ],
      letter: tlsLetter(
        ctx,
        facts,
        words("some TLS connections to this host are reset and others are not.", "到该主机的 TLS 连接有时被重置。"),
      ),
      explains: ["tls.handshake"],
    };
  },
};

const slow: Rule = {
  code: "TLS_SLOW",
  layer: "tls",
  severity: "warning",
  title: words("The TLS handshake takes very long", "TLS 握手非常慢"),
  meaning: words(
    "The first handshake had no answer in time, the same one a moment later had. The line loses packets, or a box on the way takes seconds to look at each connection.",
    "第一次握手未在时限内得到应答，片刻后同样的握手成功。线路丢包，或途中设备检查每个连接都要数秒。",
  ),
  advice: words(
    "Compare with another network; give the program a longer time to connect.",
    "换一个网络对比；给程序更长的连接超时时间。",
  ),
  sources: ["https://code.claude.com/docs/en/network-config"],
  match(facts, ctx) {
    const first = own(facts).find(({ error, at }) => at === "tls" && error === "TIMEOUT");
    const variant = facts["tls.handshake"]?.hello ?? "default";
    const later = facts["tls.matrix"]?.handshakes.find((one) => one.ok && one.variant === variant);
    if (first === undefined || later === undefined || !noneStands(facts)) return undefined;
    return {
      confidence: 0.7,
      title: words(
        `${ctx.target.host}: no TLS answer in ${first.ms} ms, and then one in ${later.ms} ms`,
        `${ctx.target.host}：先是 ${first.ms} 毫秒内没有 TLS 应答，随后 ${later.ms} 毫秒内有应答`,
      ),
      why: words("The same handshake failed and then came about.", "同样的握手先失败、后成功。"),
      evidence: comparison(facts),
      fix: [
        advise(
          "See how often it happens, and whether another network is free of it.",
          "观察出现频率，并对比其他网络是否也有。",
          ["npx @fairlead/doctor --watch"],
        ),
      ],
      explains: BEHIND_TLS,
    };
  },
};

/** What comes and goes. */
export const TLS_CHANCE_RULES: readonly Rule[] = [unstable, slow];
