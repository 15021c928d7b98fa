// Rules for proxy settings that contradict each other or do not mean what they seem to.

import { removal } from "../environment/setting-fix.ts";
import type { Evidence, Rule } from "../finding.ts";
import { evidenceOf, lintOf, pastFix, program, SOURCES, settingOf, viewOf } from "./proxy-reading.ts";

const conflict: Rule = {
  code: "PROXY_CONFLICT",
  layer: "environment",
  severity: "info",
  title: { en: "Two proxy settings contradict each other", zh: "两处代理设置相互矛盾" },
  meaning: {
    en: "The same variable is set to different values in two places, or its upper-case and lower-case forms differ. Programs choose differently between them, so one program works and another does not.",
    zh: "同一变量在两处被设为不同的值，或其大小写两种形式不一致。各程序的取舍不同，于是有的能用、有的不能用。",
  },
  advice: { en: "Keep one of them.", zh: "只保留其中一个。" },
  sources: [SOURCES.network],
  match(facts, ctx) {
    const lints = (facts["env.proxy"]?.lints ?? []).filter(
      ({ problem }) => problem === "case-conflict" || problem === "place-conflict",
    );
    const [first] = lints;
    if (first === undefined) return undefined;
    const failing =
      facts["proxy.tunnel"]?.target.ok === false ||
      (facts["tcp.connect"]?.to === "proxy" && facts["tcp.connect"].best === undefined);
    const evidence = lints.map(({ name, where, detail }): Evidence => {
      const other = detail["other"] === undefined ? name : String(detail["other"]);
      return {
        en: `${name} (${where}) is ${detail["first"]}; ${other} (${detail["otherWhere"]}) is ${detail["second"]}`,
        zh: `${name}（${where}）为 ${detail["first"]}；${other}（${detail["otherWhere"]}）为 ${detail["second"]}`,
      };
    });
    const loser = settingOf(ctx, String(first.detail["other"] ?? first.name));
    return {
      confidence: failing ? 0.6 : 0.9,
      severity: failing ? "warning" : "info",
      evidence,
      title: { en: `${first.name} is set twice, to different values`, zh: `${first.name} 有两个不同的值` },
      why: {
        en: `${program(ctx)} uses ${first.detail["first"]}; other programs may use ${first.detail["second"]}.`,
        zh: `${program(ctx)} 使用 ${first.detail["first"]}；其他程序可能使用 ${first.detail["second"]}。`,
      },
      fix:
        loser === undefined
          ? []
          : [removal(ctx.machine, loser, { en: "Keep the one that is right.", zh: "保留正确的一个。" })],
      explains: [],
    };
  },
};

const grammar: Rule = {
  code: "PROXY_NO_PROXY_GRAMMAR",
  layer: "environment",
  severity: "warning",
  title: {
    en: "NO_PROXY names the host in a way that this program does not understand",
    zh: "NO_PROXY 中的写法此程序无法识别",
  },
  meaning: {
    en: 'Every program reads NO_PROXY in its own way: Node 22 wants a dot before a suffix, curl and Python know no star, Python no list with blanks, curl no port. An entry that means "past the proxy" for one sends another through it.',
    zh: "各程序对 NO_PROXY 的解析不同：Node 22 的后缀前要有点号，curl 和 Python 不识别星号，Python 不识别空格分隔的列表，curl 不识别端口。同一条目对某个程序表示绕过代理，对另一个则不然。",
  },
  advice: {
    en: "Write the whole host name, separated by commas: every program understands that.",
    zh: "写完整的主机名，用逗号分隔：所有程序都能识别。",
  },
  sources: [SOURCES.network, SOURCES.node, "https://curl.se/docs/manpage.html#--noproxy"],
  match(facts, ctx) {
    const lint = lintOf(facts, "no-proxy-grammar");
    if (lint === undefined) return undefined;
    const tunnel = facts["proxy.tunnel"];
    const unreachable = facts["tcp.connect"]?.to === "proxy" && facts["tcp.connect"].best === undefined;
    const bad = unreachable || (tunnel?.target.ok === false && tunnel.past?.ok !== false);
    const { entry, host, understoodBy } = lint.detail;
    return {
      confidence: bad ? 0.85 : 0.9,
      severity: bad ? "error" : "warning",
      evidence: [
        {
          en: `${lint.name} (${lint.where}) holds "${entry}": understood by ${understoodBy}`,
          zh: `${lint.name}（${lint.where}）含有“${entry}”：${understoodBy} 可以识别`,
        },
      ],
      title: {
        en: `${program(ctx)} does not understand "${entry}" in ${lint.name}`,
        zh: `${program(ctx)} 无法识别 ${lint.name} 中的“${entry}”`,
      },
      why: {
        en: `So ${host} goes through the proxy, although the entry is meant to let it past${bad ? ", and the proxy does not pass it on" : ""}.`,
        zh: `因此 ${host} 会经过代理，尽管该条目本意是绕过${bad ? "，而代理没有转发它" : ""}。`,
      },
      fix: [pastFix(ctx, [String(host)], { en: "Add the host itself.", zh: "加入主机名本身。" })],
      explains: bad ? ["proxy.tunnel", "tcp.connect"] : [],
    };
  },
};

const loopbackThrough: Rule = {
  code: "PROXY_LOOPBACK_THROUGH",
  layer: "environment",
  severity: "error",
  title: { en: "Requests to a local gateway go through the proxy", zh: "发往本地网关的请求经过了代理" },
  meaning: {
    en: "The base URL is an address of this machine or of the local network, and the program sends it through the proxy like any other. The proxy's 127.0.0.1 is another machine, or it refuses local addresses.",
    zh: "基础地址是本机或局域网地址，但程序同样把它发给了代理。对代理而言 127.0.0.1 是另一台机器，或者它拒绝本地地址。",
  },
  advice: { en: "Name the local address in NO_PROXY.", zh: "在 NO_PROXY 中加入本地地址。" },
  sources: [
    "https://github.com/musistudio/claude-code-router/issues/414",
    "https://github.com/musistudio/claude-code-router/issues/602",
    "https://github.com/farion1231/cc-switch/issues/1305",
    SOURCES.network,
  ],
  says: [/503 nobody/, /API Error \(Connection error\.\)/],
  match(facts, ctx) {
    const lint = lintOf(facts, "loopback-through");
    if (lint === undefined) return undefined;
    const { tunnel, place, set } = viewOf(facts, ctx) ?? {
      tunnel: undefined,
      place: String(lint.detail["place"]),
      set: lint.name,
    };
    const dead = facts["tcp.connect"]?.to === "proxy" && facts["tcp.connect"].best === undefined;
    const bad = dead || tunnel?.target.ok === false;
    const kind = String(lint.detail["kind"]);
    // Inside a company the proxy may well be the right way to a private address.
    if (kind === "private" && (!bad || tunnel?.past?.ok !== true)) return undefined;
    const { host } = ctx.target;
    const entries = kind === "loopback" ? ["localhost", "127.0.0.1", "::1"] : [host];
    const past = tunnel?.past;
    const view = viewOf(facts, ctx);
    return {
      confidence: !bad ? 0.9 : past?.ok === true ? 0.96 : 0.82,
      severity: bad ? "error" : "info",
      evidence:
        view === undefined || tunnel === undefined
          ? [{ en: `${host} is sent to ${place}`, zh: `${host} 被发往 ${place}` }]
          : evidenceOf(view),
      title: { en: `Requests to ${host} go through the proxy ${place}`, zh: `发往 ${host} 的请求经过代理 ${place}` },
      why: bad
        ? {
            en: `${set} counts for ${host} as well, because NO_PROXY does not name it, and the proxy does not reach it.`,
            zh: `NO_PROXY 没有包含 ${host}，所以 ${set} 对它同样生效，而代理无法到达它。`,
          }
        : {
            en: `${set} counts for ${host} as well; the proxy passes it on, which costs time and shows it the requests.`,
            zh: `${set} 对 ${host} 同样生效；代理会转发，但会增加耗时，且请求对代理可见。`,
          },
      fix: [pastFix(ctx, entries, { en: "Let local addresses past the proxy.", zh: "让本地地址绕过代理。" })],
      explains: bad ? ["proxy.tunnel", "tcp.connect", "http.hello"] : [],
    };
  },
};

/** Rules about settings that mislead. */
export const PROXY_SETTING_RULES: readonly Rule[] = [conflict, grammar, loopbackThrough];
