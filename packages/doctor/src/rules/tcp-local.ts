// Rules for what is decided on this machine: a base URL on loopback without a server, proxy software that answers for everybody.

import type { Context } from "../context.ts";
import { describeVariable, whereOf } from "../environment/description.ts";
import type { Setting } from "../environment/environment.ts";
import { removal, replacement } from "../environment/setting-fix.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { NOWHERE } from "../probes/tcp-controls.ts";
import { beyond, beyondEvidence, connectEvidence, lookupEvidence } from "./line-reading.ts";
import { targetConnects } from "./tcp-reading.ts";

/** Ports that local gateways use unless told otherwise: Fairlead, LiteLLM, claude-code-router, cc-switch and others. */
const GATEWAY_PORTS = [4100, 4000, 3456, 8787, 8080, 15721, 11434, 1234, 8317, 4141] as const;

function rightBase(ctx: Context, port: number): string {
  const url = new URL(ctx.target.url);
  return `${url.protocol}//${ctx.target.host.includes(":") ? `[${ctx.target.host}]` : ctx.target.host}:${port}${url.pathname === "/" ? "" : url.pathname}`;
}

const REFUSED_LOOPBACK: Rule = {
  code: "TCP_REFUSED_LOOPBACK",
  layer: "tcp",
  severity: "error",
  title: {
    en: "The base URL points to this machine, and nothing listens there",
    zh: "base URL 指向本机，但该端口没有服务",
  },
  meaning: {
    en: "ANTHROPIC_BASE_URL (or its like) names 127.0.0.1 or localhost, where a local router or gateway once ran. It does not run now, or took another port because its own was taken.",
    zh: "ANTHROPIC_BASE_URL（或类似变量）指向 127.0.0.1 或 localhost，那里曾运行本地路由器或网关。它现在没有运行，或因端口被占用而换了端口。",
  },
  advice: {
    en: "Start the gateway, correct the port, or remove the variable where it is set.",
    zh: "启动该网关、改正端口，或在设置它的位置删除这个变量。",
  },
  sources: [
    "https://github.com/teremterem/claude-code-gpt-5-codex/issues/48",
    "https://github.com/anthropics/claude-code/issues/36998",
    "https://code.claude.com/docs/en/llm-gateway-connect",
  ],
  says: [/ECONNREFUSED (?:127\.0\.0\.1|::1):\d+/, /ConnectionRefused/],
  yieldsTo: ["DNS_LOCALHOST_V6_FIRST", "DNS_SINKHOLE", "DNS_HOSTS_OVERRIDE"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    const connects = targetConnects(facts);
    if (lookup === undefined || connects === undefined || ctx.target.official) return undefined;
    if (
      !lookup.addresses.some((one) => one.class === "loopback" || one.class === "unspecified") ||
      connects.some(({ ok }) => ok)
    )
      return undefined;
    const { from, host, port } = ctx.target;
    const where = from === undefined ? undefined : whereOf(from);
    const listening = facts["tcp.controls"]?.listening ?? [];
    const likely = GATEWAY_PORTS.filter((one) => listening.includes(one));
    return {
      confidence: 0.95,
      evidence: [
        ...connects.map(connectEvidence),
        ...(from === undefined ? [] : [describeVariable(from)]),
        ...(listening.length === 0
          ? []
          : [
              {
                en: `ports that something listens on here: ${listening.slice(0, 8).join(", ")}`,
                zh: `本机有服务监听的端口：${listening.slice(0, 8).join("、")}`,
              },
            ]),
      ],
      title: {
        en: `Nothing listens at ${host}:${port}${from === undefined ? "" : `, where ${from.name} points`}`,
        zh: `${from === undefined ? "" : `${from.name} 指向的 `}${host}:${port} 没有服务在监听`,
      },
      why: {
        en: `The program sends everything to this machine's own port ${port}${where === undefined ? "" : ` (set ${where.en})`}, and no gateway runs there.`,
        zh: `程序把所有请求发往本机的 ${port} 端口${where === undefined ? "" : `（设置${where.zh}）`}，而那里没有网关在运行。`,
      },
      fix: [
        ...(from === undefined ? [] : likely.slice(0, 1).map((other) => movedPort(ctx, from, other))),
        ...(likely.length > 0 ? [] : [startIt(ctx)]),
        ...goDirectly(ctx),
      ],
      explains: ["tcp.connect"],
    };
  },
};

function movedPort(ctx: Context, from: Setting, port: number): Fix {
  const url = rightBase(ctx, port);
  const fix = replacement(ctx.machine, from, () => url, url);
  const note = {
    en: `Something listens at port ${port}. If that is your gateway: ${fix.note.en}`,
    zh: `${port} 端口有服务在监听。如果那就是你的网关：${fix.note.zh}`,
  };
  return { ...fix, note };
}

function startIt(ctx: Context): Fix {
  return {
    os: "any",
    shell: "any",
    commands: [],
    note: {
      en: `Start the gateway that belongs to port ${ctx.target.port} (claude-code-router: ccr start; Fairlead: fairlead start), and look in its log which port it took.`,
      zh: `启动属于 ${ctx.target.port} 端口的网关（claude-code-router：ccr start；Fairlead：fairlead start），并在其日志中查看实际端口。`,
    },
  };
}

function goDirectly(ctx: Context): readonly Fix[] {
  const { from } = ctx.target;
  if (from === undefined) return [];
  const note = { en: "Programs then go to Claude directly.", zh: "之后程序会直接访问 Claude。" };
  return [removal(ctx.machine, from, note)];
}

const INTERCEPTED: Rule = {
  code: "TCP_INTERCEPTED",
  layer: "tcp",
  severity: "info",
  title: { en: "Something on the way answers every connection", zh: "途中有程序替所有地址应答连接" },
  meaning: {
    en: "Even an address that nobody has (192.0.2.1) accepts a connection: a TUN mode, VPN or transparent proxy takes every connection itself and makes its own onwards. That is no fault, but TCP times and packet sizes measured here are those of the way to it.",
    zh: "连没有人使用的地址（192.0.2.1）也能连上：TUN 模式、VPN 或透明代理会接管所有连接，再由自己向外连接。这不是故障，但这里测到的 TCP 耗时和包大小只反映到它为止的一段。",
  },
  advice: {
    en: "Nothing to do. When something fails behind it, look into that software's own log.",
    zh: "无需处理。若其后出现问题，请查看该软件自己的日志。",
  },
  sources: ["https://www.rfc-editor.org/rfc/rfc5737", "https://wiki.metacubex.one/en/config/inbound/tun/"],
  yieldsTo: ["TCP_TUN_DEAD"],
  match(facts) {
    const nowhere = facts["tcp.controls"]?.nowhere;
    if (nowhere?.ok !== true) return undefined;
    return {
      confidence: 0.95,
      evidence: [
        {
          en: `${NOWHERE}, an address that nobody has, connects in ${nowhere.ms} ms`,
          zh: `没有人使用的地址 ${NOWHERE} 在 ${nowhere.ms} 毫秒内连上`,
        },
      ],
      title: {
        en: "A TUN, VPN or transparent proxy answers every connection of this machine",
        zh: "TUN、VPN 或透明代理接管了本机的所有连接",
      },
      why: {
        en: "TCP results here do not reach the far end; what TLS and HTTP say does.",
        zh: "这里的 TCP 结果并不代表远端；TLS 和 HTTP 的结果才是。",
      },
      fix: [],
      explains: [],
    };
  },
};

const TUN_DEAD: Rule = {
  code: "TCP_TUN_DEAD",
  layer: "tcp",
  severity: "error",
  title: {
    en: "Proxy software takes the connection and gets nowhere with it",
    zh: "代理软件接管了连接，但没能转发出去",
  },
  meaning: {
    en: "A TUN mode or transparent proxy on this machine accepts every connection. The one to Claude is accepted too, and then nothing comes or it is closed: the node that the software has chosen is dead, blocked, or its rules refuse the host.",
    zh: "本机的 TUN 模式或透明代理会接受所有连接。到 Claude 的连接也被接受，随后却没有数据或被关闭：所选节点已失效、被封锁，或规则拒绝了该主机。",
  },
  advice: {
    en: "Choose another node in that software, look at its log for this host, or turn it off and try directly.",
    zh: "在该软件中更换节点、查看它对该主机的日志，或关闭后直连重试。",
  },
  sources: ["https://wiki.metacubex.one/en/config/inbound/tun/", "https://github.com/Dreamacro/clash/issues/345"],
  yieldsTo: ["DNS_HOSTS_OVERRIDE", "DNS_SINKHOLE", "DNS_WILDCARD", "DNS_POISONED"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    const connects = targetConnects(facts);
    const fake = lookup?.addresses.some((one) => one.class === "fake-ip") === true;
    const intercepted = facts["tcp.controls"]?.intercepted === true;
    if (lookup === undefined || connects === undefined || !(fake || intercepted) || beyond(facts) !== "tls-failed")
      return undefined;
    if (!mute(facts)) return undefined;
    return {
      confidence: fake && intercepted ? 0.95 : 0.85,
      evidence: [
        lookupEvidence(lookup),
        ...(intercepted
          ? [
              {
                en: `${NOWHERE}, an address that nobody has, connects as well`,
                zh: `没有人使用的地址 ${NOWHERE} 也能连上`,
              },
            ]
          : []),
        ...connects.map(connectEvidence),
        ...beyondEvidence(facts),
      ],
      title: {
        en: `Proxy software on this machine accepts connections to ${ctx.target.host} and gets nowhere`,
        zh: `本机的代理软件接受了到 ${ctx.target.host} 的连接，但没有转发成功`,
      },
      why: {
        en: "The connection ends at the software itself (a TUN mode or transparent proxy); what it makes onwards fails, so no byte of TLS comes back.",
        zh: "连接止于该软件（TUN 模式或透明代理）；它向外建立的连接失败，因此没有任何 TLS 数据返回。",
      },
      fix: [
        {
          os: "any",
          shell: "any",
          commands: [],
          note: {
            en: `In the proxy software (Clash Verge, mihomo, sing-box, Surge, a VPN): choose another node, check that its rule for ${ctx.target.host} is not REJECT, and read its log while you try again.`,
            zh: `在代理软件（Clash Verge、mihomo、sing-box、Surge 或 VPN）中：更换节点，确认 ${ctx.target.host} 的规则不是 REJECT，并在重试时查看其日志。`,
          },
        },
      ],
      explains: ["tls.handshake", "tls.matrix"],
    };
  },
};

// Not one byte came back over TLS. Where bytes came, it is the far end or an inspector that speaks.
function mute(facts: Facts): boolean {
  const shaken = facts["tls.handshake"]?.handshakes ?? [];
  return shaken.length > 0 && shaken.every(({ ok, bytesIn }) => !ok && bytesIn === 0);
}

/** Rules for what this machine itself does. */
export const TCP_LOCAL_RULES: readonly Rule[] = [REFUSED_LOOPBACK, TUN_DEAD, INTERCEPTED];
