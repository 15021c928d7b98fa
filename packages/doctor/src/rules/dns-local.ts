// Rules for names that this machine or this network answers by itself: hosts file, private addresses, localhost.

import { classOf } from "../address-class.ts";
import type { Context } from "../context.ts";
import { replacement } from "../environment/setting-fix.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Match, Rule } from "../finding.ts";
import { isLocalName } from "../probes/dns-nameservers.ts";
import { isAnthropic } from "./dns-names.ts";
import {
  addressList,
  allOf,
  answers,
  beyond,
  beyondEvidence,
  connectEvidence,
  elsewhere,
  isLost,
  lookupEvidence,
  lookupTrouble,
  serverEvidence,
} from "./line-reading.ts";
import { dnsLetter, flush } from "./resolver-fixes.ts";

const EXPLAINS = ["dns.lookup", "tcp.connect", "tls.handshake"];

const HOSTS: Rule = {
  code: "DNS_HOSTS_OVERRIDE",
  layer: "dns",
  severity: "error",
  title: { en: "The hosts file pins the name", zh: "hosts 文件固定了该域名" },
  meaning: {
    en: "A line of the hosts file decides where the name leads, before any name server is asked. Old lines of relays, blockers and tests stay there for years.",
    zh: "hosts 文件中的一行决定了该域名的去向，根本不会询问域名服务器。中转、屏蔽或测试留下的旧行常常多年无人清理。",
  },
  advice: { en: "Remove the line unless you know what it is for.", zh: "除非清楚它的用途，否则删除这一行。" },
  sources: [
    "https://man7.org/linux/man-pages/man5/hosts.5.html",
    "https://platform.claude.com/docs/en/api/ip-addresses",
  ],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    if (lookup === undefined || isLocalName(lookup.host) || lookup.of === "proxy") return undefined;
    const entries = lookup.hostsFile.filter(({ address }) => lookup.addresses.some((one) => one.address === address));
    const [entry] = entries;
    if (entry === undefined) return undefined;
    // A certificate may be good for many names: what answers there must speak the API, too.
    const strange =
      isAnthropic(ctx, lookup) && classOf(entry.address) !== "genuine" && facts["http.hello"]?.speaksApi === false;
    const lost = isLost(beyond(facts)) || strange;
    const differs = (facts["dns.nameservers"]?.servers ?? []).some(
      (one) => answers(one) && !one.a.addresses.includes(entry.address) && !one.aaaa.addresses.includes(entry.address),
    );
    // The owner of a private gateway may pin its name; where that fails without anybody knowing better, the gateway is to blame.
    if (!ctx.target.official && !(lost && differs)) return undefined;
    const real = (facts["tcp.controls"]?.real ?? []).filter(({ ok }) => ok);
    const place = `${lookup.hostsPath}:${entry.line}`;
    return {
      confidence: lost ? (real.length > 0 ? 0.97 : 0.9) : 0.8,
      severity: lost ? "error" : "info",
      evidence: [
        { en: `${place} says ${entry.address} ${lookup.host}`, zh: `${place} 写着 ${entry.address} ${lookup.host}` },
        ...serverEvidence(facts),
        ...beyondEvidence(facts),
        ...real.map(connectEvidence),
      ],
      title: lost
        ? {
            en: `${place} pins ${lookup.host} to ${entry.address}, which does not work`,
            zh: `${place} 把 ${lookup.host} 固定到 ${entry.address}，而该地址不可用`,
          }
        : {
            en: `${place} pins ${lookup.host} to ${entry.address}`,
            zh: `${place} 把 ${lookup.host} 固定到 ${entry.address}`,
          },
      why: lost
        ? {
            en: "The hosts file goes before every name server, so no program on this machine sees the real address.",
            zh: "hosts 文件优先于所有域名服务器，因此本机的任何程序都看不到真实地址。",
          }
        : {
            en: "It works now; when the address moves, this machine will not notice.",
            zh: "目前可用；但地址一旦变更，本机不会知道。",
          },
      fix: lost ? removeLines(ctx, lookup.hostsPath, lookup.host) : [],
      explains: EXPLAINS,
    };
  },
};

function removeLines(ctx: Context, path: string, host: string): readonly Fix[] {
  const name = host.replaceAll(".", "\\.");
  if (ctx.machine.platform === "win32") {
    const note = {
      en: "Remove the line, in a PowerShell started as administrator (a copy is kept).",
      zh: "在以管理员身份运行的 PowerShell 中删除该行（会保留副本）。",
    };
    const commands = [
      `Copy-Item "${path}" "${path}.bak"`,
      `(Get-Content "${path}.bak") | Where-Object { $_ -notmatch '\\s${name}(\\s|$)' } | Set-Content "${path}"`,
      "ipconfig /flushdns",
    ];
    return [{ os: "windows", shell: "powershell", commands, note }];
  }
  const macos = ctx.machine.platform === "darwin";
  const note = { en: "Remove the line (a copy of the file is kept as .bak).", zh: "删除该行（原文件另存为 .bak）。" };
  const container = {
    en: "In a container the line comes from --add-host or extra_hosts: take it out there.",
    zh: "在容器中，该行来自 --add-host 或 extra_hosts：请在那里删除。",
  };
  return [
    {
      os: macos ? "macos" : "linux",
      shell: "sh",
      commands: [`grep -n '${name}' ${path}`, `sudo sed -i.bak '/[[:space:]]${name}/d' ${path}`],
      note,
    },
    ...(ctx.machine.container ? [{ os: "linux" as const, shell: "any" as const, commands: [], note: container }] : []),
    ...(macos ? [flush(ctx)] : []),
  ];
}

const PRIVATE: Rule = {
  code: "DNS_PRIVATE_ADDRESS",
  layer: "dns",
  severity: "error",
  title: { en: "The official name resolves to an address inside this network", zh: "官方域名被解析到内网地址" },
  meaning: {
    en: "A name server of this network answers with an address of its own: a company gateway or inspection device, a captive portal, or a filter's block page.",
    zh: "本网络的域名服务器返回了内部地址：可能是公司的网关或检查设备、认证门户，或过滤器的拦截页。",
  },
  advice: {
    en: "Where the company means it so, install the company's certificate or ask its administrator; otherwise use another name server.",
    zh: "若是公司有意为之，请安装公司证书或联系管理员；否则换用其他域名服务器。",
  },
  sources: ["https://platform.claude.com/docs/en/api/ip-addresses", "https://www.rfc-editor.org/rfc/rfc1918"],
  yieldsTo: ["DNS_HOSTS_OVERRIDE", "DNS_WILDCARD"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    if (lookup === undefined || lookup.literal || lookup.hostsFile.length > 0 || !isAnthropic(ctx, lookup))
      return undefined;
    if (!allOf(lookup, "private", "shared", "link-local")) return undefined;
    const what = beyond(facts);
    if (what === "unknown") return undefined;
    const lost = isLost(what);
    const list = addressList(lookup);
    const ask = {
      en: `${lookup.host} resolves to ${list} in this network and does not work there. Please correct the answer, or make that address serve it.`,
      zh: `在本网络中 ${lookup.host} 被解析为 ${list}，且该地址不可用。请更正解析，或让该地址正常提供服务。`,
    };
    const fix: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: "Send the letter below to whoever runs this network; outside of it (a phone's hotspot) the name should work at once.",
        zh: "请把下面的说明发给网络管理员；换一个网络（例如手机热点）应当立即可用。",
      },
    };
    return {
      confidence: lost ? 0.9 : 0.8,
      severity: lost ? "error" : "info",
      evidence: [lookupEvidence(lookup), ...elsewhere(facts), ...beyondEvidence(facts), ...serverEvidence(facts)],
      title: {
        en: `${lookup.host} resolves to ${list}, an address inside this network`,
        zh: `${lookup.host} 被解析为内网地址 ${list}`,
      },
      why: lost
        ? {
            en: "The name server of this network diverts Anthropic's name to a machine of its own, and that one does not serve it.",
            zh: "本网络的域名服务器把 Anthropic 的域名指向了内部的机器，而那台机器并不提供该服务。",
          }
        : {
            en: "The network relays Anthropic's name through a machine of its own, with a certificate that this machine trusts.",
            zh: "本网络经内部机器转发 Anthropic 的流量，其证书受本机信任。",
          },
      fix: lost ? [fix, flush(ctx)] : [],
      ...(lost ? { letter: dnsLetter(ctx, facts, ask) } : {}),
      explains: EXPLAINS,
    };
  },
};

const ONLY_PROXY: Rule = {
  code: "DNS_ONLY_PROXY_RESOLVES",
  layer: "dns",
  severity: "error",
  title: {
    en: "Only the proxy can resolve the name, and the program goes direct",
    zh: "只有代理能解析该域名，而程序是直连的",
  },
  meaning: {
    en: "In many companies the name servers do not know the internet; the proxy does. A proxy is set on this machine, but not where this program reads it, so the program tries to resolve the name itself and fails.",
    zh: "许多公司的域名服务器不解析外网域名，只有代理能。本机设置了代理，但不在该程序读取的位置，于是程序自己解析并失败。",
  },
  advice: {
    en: "Set HTTPS_PROXY where the program reads it. Claude Code from 2.0.55 on lets the proxy resolve with CLAUDE_CODE_PROXY_RESOLVES_HOSTS=true.",
    zh: "在程序会读取的位置设置 HTTPS_PROXY。Claude Code 2.0.55 起可用 CLAUDE_CODE_PROXY_RESOLVES_HOSTS=true 让代理解析。",
  },
  sources: [
    "https://github.com/anthropics/claude-code/issues/12353",
    "https://github.com/anthropics/claude-code/blob/main/CHANGELOG.md",
  ],
  says: [/ERR_INVALID_IP_ADDRESS/],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    const trouble = lookupTrouble(facts);
    if (lookup === undefined || lookup.of === "proxy" || trouble === undefined || trouble === "no-server")
      return undefined;
    const decision = ctx.environment.proxyFor(ctx.target.url);
    if (decision.use !== "direct" || decision.why === "no-proxy") return undefined;
    const known = proxyElsewhere(ctx);
    if (known === undefined) return undefined;
    return onlyProxy(facts, ctx, known);
  },
};

/** A proxy that other programs of this machine use, and where it is set; only its place is told, its value may hold a password. */
function proxyElsewhere(ctx: Context): string | undefined {
  const { systemProxy, variables } = ctx.environment;
  if (systemProxy?.url !== undefined || systemProxy?.pac !== undefined) return systemProxy.source;
  for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"]) {
    const setting = variables.get(name)?.all.find(({ value }) => value.length > 0);
    if (setting !== undefined) return `${name} (${setting.source.path ?? setting.source.kind})`;
  }
  return undefined;
}

function onlyProxy(facts: Facts, ctx: Context, where: string): Match | undefined {
  const lookup = facts["dns.lookup"];
  if (lookup === undefined) return undefined;
  const windows = ctx.machine.shell === "powershell" || ctx.machine.shell === "cmd";
  const node = ctx.environment.client === "node";
  const set = windows
    ? ['$env:HTTPS_PROXY = "http://proxy.example:8080"', ...(node ? ['$env:NODE_USE_ENV_PROXY = "1"'] : [])]
    : ctx.machine.shell === "fish"
      ? ["set -gx HTTPS_PROXY http://proxy.example:8080", ...(node ? ["set -gx NODE_USE_ENV_PROXY 1"] : [])]
      : ["export HTTPS_PROXY=http://proxy.example:8080", ...(node ? ["export NODE_USE_ENV_PROXY=1"] : [])];
  return {
    confidence: 0.85,
    evidence: [
      lookupEvidence(lookup),
      { en: `a proxy is set in ${where}, but this program goes direct`, zh: `${where} 中设置了代理，但该程序是直连的` },
      ...serverEvidence(facts),
    ],
    title: {
      en: `${lookup.host} cannot be resolved here, and the proxy of this machine is not used`,
      zh: `本机无法解析 ${lookup.host}，而该程序没有使用本机的代理`,
    },
    why: {
      en: `The name servers do not resolve ${lookup.host}. A proxy is set (${where}) and would resolve it, but this program does not read that setting.`,
      zh: `域名服务器不解析 ${lookup.host}。本机设置了代理（${where}），它可以代为解析，但该程序不读取这项设置。`,
    },
    fix: [
      {
        os: windows ? "windows" : "any",
        shell: windows ? "powershell" : ctx.machine.shell === "fish" ? "fish" : "sh",
        commands: set,
        note: {
          en: `Give the program the proxy, with the address that ${where} has in place of the example.`,
          zh: `让程序使用代理；把示例地址换成 ${where} 中的地址。`,
        },
      },
    ],
    explains: ["dns.lookup", "dns.nameservers", "tcp.connect"],
  };
}

const LOCALHOST: Rule = {
  code: "DNS_LOCALHOST_V6_FIRST",
  layer: "dns",
  severity: "error",
  title: {
    en: "localhost means another address than the one that is listened on",
    zh: "localhost 指向的地址与监听的地址不一致",
  },
  meaning: {
    en: "localhost can be 127.0.0.1 or ::1. A server that listens on one is not found by a program that only tries the other; port forwarding of containers and remote editors often handles only one.",
    zh: "localhost 可以是 127.0.0.1 或 ::1。只监听其一的服务，会被只尝试另一个的程序判为不存在；容器和远程编辑器的端口转发常常只处理其中一个。",
  },
  advice: {
    en: "Write 127.0.0.1 in place of localhost, or let the server listen on both.",
    zh: "把 localhost 写成 127.0.0.1，或让服务同时监听两者。",
  },
  sources: [
    "https://github.com/anthropics/claude-code/issues/27306",
    "https://nodejs.org/api/dns.html#dnssetdefaultresultorderorder",
  ],
  says: [/ECONNREFUSED ::1:\d+/],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    const connects = facts["tcp.connect"]?.connects ?? [];
    if (lookup === undefined || lookup.of === "proxy" || ctx.target.host !== "localhost" || connects.length === 0)
      return undefined;
    const bad = connects.filter(({ ok }) => !ok);
    const good =
      connects.find(({ ok }) => ok) ??
      (facts["tcp.controls"]?.otherLoopback?.ok === true ? facts["tcp.controls"].otherLoopback : undefined);
    const [refused] = bad;
    if (refused === undefined || good === undefined) return undefined;
    // Where the lookup gives both, programs of today go on to the second.
    const lost = bad.length === connects.length;
    if (!lost && connects[0]?.ok === true) return undefined;
    const address = good.family === 6 ? `[${good.address}]` : good.address;
    const url = new URL(ctx.target.url);
    const right = `${url.protocol}//${address}:${ctx.target.port}${url.pathname === "/" ? "" : url.pathname}`;
    const { from } = ctx.target;
    return {
      confidence: 0.95,
      severity: lost ? "error" : "info",
      evidence: [lookupEvidence(lookup), ...bad.map(connectEvidence), connectEvidence(good)],
      title: {
        en: `localhost is ${refused.address} here, but the server listens on ${good.address}`,
        zh: `本机的 localhost 是 ${refused.address}，而服务监听在 ${good.address}`,
      },
      why: lost
        ? {
            en: `The program only tries ${refused.address}, where nobody listens.`,
            zh: `程序只会尝试 ${refused.address}，而那里没有服务。`,
          }
        : {
            en: `The first address is refused and the second answers: programs of today go on to it, older ones and port forwarding may not.`,
            zh: `第一个地址被拒绝，第二个有应答：新版程序会自动改用它，旧程序和端口转发则不一定。`,
          },
      fix: [
        ...(lost && from !== undefined ? [replacement(ctx.machine, from, () => right, right)] : []),
        {
          os: "any",
          shell: "any",
          commands: [],
          note: {
            en: `${lost && from !== undefined ? "Or let" : "Let"} the server listen on ${refused.address} as well.`,
            zh: `${lost && from !== undefined ? "或者让" : "让"}服务同时监听 ${refused.address}。`,
          },
        },
      ],
      explains: ["tcp.connect"],
    };
  },
};

/** Rules for local answers. */
export const DNS_LOCAL_RULES: readonly Rule[] = [HOSTS, PRIVATE, ONLY_PROXY, LOCALHOST];
