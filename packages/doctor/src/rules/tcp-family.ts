// Rules for the two families of addresses: IPv6 that leads nowhere or slowly, and Node's short race between them.

import { classOf } from "../address-class.ts";
import type { Context } from "../context.ts";
import type { Connected } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { isAbsent } from "../probes/tcp-connect.ts";
import { connectEvidence } from "./line-reading.ts";
import { onlyV6, targetConnects, tcpEvidence, tcpLetter } from "./tcp-reading.ts";

/** From here on IPv6 is called slow, milliseconds, and when it takes that many times as long as IPv4. */
const SLOW_MS = 300;
const SLOW_TIMES = 3;
/** A cap that leaves room for a far and busy path, milliseconds. */
const ROOMY_CAP_MS = 3_000;

const WRONG_ADDRESS = [
  "DNS_HOSTS_OVERRIDE",
  "DNS_SINKHOLE",
  "DNS_WILDCARD",
  "DNS_POISONED",
  "DNS_PRIVATE_ADDRESS",
  "DNS_FAKE_IP_LOST",
  "TCP_NO_ROUTE",
];

function families(facts: Facts): { readonly v4: readonly Connected[]; readonly v6: readonly Connected[] } {
  const connects = targetConnects(facts) ?? [];
  return { v4: connects.filter(({ family }) => family === 4), v6: connects.filter(({ family }) => family === 6) };
}

/** Put IPv4 first, or turn IPv6 off where it is broken. */
function withoutV6(ctx: Context): readonly Fix[] {
  const { platform } = ctx.machine;
  const repair = {
    en: "Best is to repair IPv6 (router, VPN, provider). Until then turn it off on this machine:",
    zh: "最好修复 IPv6（路由器、VPN、运营商）。在此之前可在本机关闭 IPv6：",
  };
  const off: Fix =
    platform === "darwin"
      ? {
          os: "macos",
          shell: "sh",
          commands: ["networksetup -listallnetworkservices", "networksetup -setv6off Wi-Fi"],
          note: repair,
        }
      : platform === "win32"
        ? {
            os: "windows",
            shell: "powershell",
            commands: ['Disable-NetAdapterBinding -Name "Wi-Fi" -ComponentID ms_tcpip6'],
            note: repair,
          }
        : { os: "linux", shell: "sh", commands: ["sudo sysctl -w net.ipv6.conf.all.disable_ipv6=1"], note: repair };
  const prefer: Fix = {
    os: "linux",
    shell: "sh",
    commands: ["echo 'precedence ::ffff:0:0/96 100' | sudo tee -a /etc/gai.conf"],
    note: { en: "Or only put IPv4 first for all programs (glibc).", zh: "或者只让所有程序优先使用 IPv4（glibc）。" },
  };
  return platform === "linux" ? [off, prefer] : [off];
}

const V6_BROKEN: Rule = {
  code: "TCP_V6_BROKEN",
  layer: "tcp",
  severity: "warning",
  title: { en: "IPv6 is there but leads nowhere", zh: "有 IPv6，但不通" },
  meaning: {
    en: "This machine has an IPv6 address and a route, and connections over it fail while IPv4 works. Most programs fall back after a moment; gateways and older ones wait for minutes. A VPN that takes IPv6 routes without carrying them does that.",
    zh: "本机有 IPv6 地址和路由，但经它的连接失败，而 IPv4 正常。多数程序稍后会回退；网关和旧程序则可能等上几分钟。占用 IPv6 路由却不承载流量的 VPN 会这样。",
  },
  advice: {
    en: "Repair IPv6, turn it off on that interface, or put IPv4 first.",
    zh: "修复 IPv6、在该网卡上关闭 IPv6，或优先使用 IPv4。",
  },
  sources: [
    "https://github.com/anthropics/claude-code/issues/69104",
    "https://github.com/tailscale/tailscale/issues/19036",
    "https://github.com/farion1231/cc-switch/issues/5096",
    "https://www.rfc-editor.org/rfc/rfc8305",
  ],
  yieldsTo: WRONG_ADDRESS,
  match(facts, ctx) {
    const { v4, v6 } = families(facts);
    const broken = v6.filter((one) => !one.ok && !isAbsent(one));
    // On this machine itself a server that listens on one family only is no fault.
    const local = broken.some(({ address }) => /^(?:loopback|unspecified)$/.test(classOf(address)));
    if (broken.length === 0 || local || v6.some(({ ok }) => ok)) return undefined;
    const alone = onlyV6(facts);
    if (!alone && !v4.some(({ ok }) => ok)) return undefined;
    const [first] = broken;
    const how = first === undefined ? "" : `${first.error ?? "ERROR"}, ${first.ms} ms`;
    return {
      confidence: alone ? 0.85 : 0.95,
      severity: alone ? "error" : "warning",
      evidence: tcpEvidence(facts),
      title: alone
        ? {
            en: `IPv6 is the only way out of here, and ${ctx.target.host} cannot be reached over it`,
            zh: `本机只有 IPv6 出口，而经它无法到达 ${ctx.target.host}`,
          }
        : {
            en: `IPv6 to ${ctx.target.host} is broken (${how}); IPv4 works`,
            zh: `到 ${ctx.target.host} 的 IPv6 不通（${how}），IPv4 正常`,
          },
      why: alone
        ? {
            en: `IPv4 has no route on this machine, and over IPv6 nothing comes back (${how}).`,
            zh: `本机没有 IPv4 路由，而 IPv6 也没有应答（${how}）。`,
          }
        : {
            en: "Programs that try IPv6 first lose time with each new connection; those that do not fall back fail.",
            zh: "优先尝试 IPv6 的程序每次新连接都会浪费时间；不会回退的程序则会失败。",
          },
      fix: alone ? [repairV6(ctx)] : ctx.target.official ? withoutV6(ctx) : [gatewayV6(ctx), ...withoutV6(ctx)],
      ...(alone
        ? {
            letter: tcpLetter(ctx, facts, {
              en: `IPv6 from this machine to ${ctx.target.host} is dropped, and there is no IPv4. Please repair the route.`,
              zh: `本机到 ${ctx.target.host} 的 IPv6 不通，且没有 IPv4。请修复路由。`,
            }),
          }
        : {}),
      explains: ["tcp.connect"],
    };
  },
};

function gatewayV6(ctx: Context): Fix {
  const { host } = ctx.target;
  const note = {
    en: `If ${host} is yours: let it listen on IPv6 as well, or take its AAAA record away.`,
    zh: `如果 ${host} 由你管理：让它同时监听 IPv6，或删除它的 AAAA 记录。`,
  };
  return { os: "any", shell: "any", commands: [], note };
}

function repairV6(ctx: Context): Fix {
  const { platform } = ctx.machine;
  const commands =
    platform === "darwin"
      ? ["netstat -rn -f inet6 | head", "ifconfig"]
      : platform === "win32"
        ? ["Get-NetRoute -AddressFamily IPv6 -DestinationPrefix ::/0", "Get-NetIPAddress -AddressFamily IPv4"]
        : ["ip -6 route", "ip -4 addr", "ip -4 route"];
  const note = {
    en: "Get IPv4 back (DHCP, NAT64 with DNS64, the VPN's settings), or have the IPv6 route repaired.",
    zh: "恢复 IPv4（DHCP、带 DNS64 的 NAT64 或 VPN 设置），或修复 IPv6 路由。",
  };
  return {
    os: platform === "darwin" ? "macos" : platform === "win32" ? "windows" : "linux",
    shell: platform === "win32" ? "powershell" : "sh",
    commands,
    note,
  };
}

const V6_SLOW: Rule = {
  code: "TCP_V6_SLOW",
  layer: "tcp",
  severity: "warning",
  title: { en: "IPv6 is much slower than IPv4", zh: "IPv6 比 IPv4 慢得多" },
  meaning: {
    en: "Connections over IPv6 take several times as long: a tunnel, or packets that are lost and sent again. Programs that try IPv6 first pay for it.",
    zh: "经 IPv6 的连接要慢数倍：可能走了隧道，或丢包重传。优先使用 IPv6 的程序会受影响。",
  },
  advice: { en: "Put IPv4 first, or have the IPv6 path looked at.", zh: "优先使用 IPv4，或检查 IPv6 线路。" },
  sources: ["https://github.com/anthropics/claude-code/issues/19301", "https://www.rfc-editor.org/rfc/rfc8305"],
  yieldsTo: WRONG_ADDRESS,
  match(facts, ctx) {
    const { v4, v6 } = families(facts);
    const best = (some: readonly Connected[]) => Math.min(...some.filter(({ ok }) => ok).map(({ ms }) => ms));
    const four = best(v4);
    const six = best(v6);
    if (!Number.isFinite(four) || !Number.isFinite(six) || six < SLOW_MS || six < four * SLOW_TIMES) return undefined;
    return {
      confidence: 0.85,
      evidence: (targetConnects(facts) ?? []).map(connectEvidence),
      title: {
        en: `IPv6 to ${ctx.target.host} takes ${six} ms, IPv4 ${four} ms`,
        zh: `到 ${ctx.target.host} 的 IPv6 需 ${six} 毫秒，IPv4 只需 ${four} 毫秒`,
      },
      why: {
        en: "The IPv6 path is a detour or loses packets; programs that prefer it are slower than they need be.",
        zh: "IPv6 线路绕远或丢包；优先使用它的程序会比应有的慢。",
      },
      fix: withoutV6(ctx),
      explains: ["tcp.connect"],
    };
  },
};

const RACE_CAP: Rule = {
  code: "TCP_RACE_CAP",
  layer: "tcp",
  severity: "error",
  title: {
    en: "Node gives up on each address after a fraction of a second",
    zh: "Node 对每个地址只等零点几秒",
  },
  meaning: {
    en: "Node tries the addresses of a host one after another and gives every one but the last 250 ms to connect (500 ms in Node 26). On a far or slow path the good address is abandoned; the last one, often IPv6 without a route, then fails, and the program reports ETIMEDOUT or ENETUNREACH at once.",
    zh: "Node 会依次尝试主机的各个地址，除最后一个外每个只等 250 毫秒（Node 26 为 500 毫秒）。线路较远或较慢时，好的地址会被放弃；最后一个（常常是没有路由的 IPv6）随即失败，于是程序立刻报 ETIMEDOUT 或 ENETUNREACH。",
  },
  advice: {
    en: "Give each attempt more time: NODE_OPTIONS=--network-family-autoselection-attempt-timeout=3000. Putting IPv4 first does not help.",
    zh: "给每次尝试更多时间：NODE_OPTIONS=--network-family-autoselection-attempt-timeout=3000。仅让 IPv4 优先没有用。",
  },
  sources: [
    "https://github.com/nodejs/node/issues/48145",
    "https://nodejs.org/api/cli.html#--network-family-autoselection-attempt-timeout",
    "https://nodejs.org/api/net.html#netsetdefaultautoselectfamilyattempttimeoutvalue",
  ],
  says: [/AggregateError.*(?:ETIMEDOUT|ENETUNREACH)/s, /UND_ERR_CONNECT_TIMEOUT.*attempted addresses/s],
  yieldsTo: WRONG_ADDRESS,
  match(facts, ctx) {
    const race = facts["tcp.race"];
    const host = facts["dns.lookup"]?.host ?? ctx.target.host;
    if (race === undefined || !race.wouldFail) return undefined;
    const cut = race.attempts.filter(({ cutOff }) => cutOff);
    const last = race.attempts.at(-1);
    const good = (facts["tcp.connect"]?.connects ?? []).filter(({ ok }) => ok);
    const flag = `--network-family-autoselection-attempt-timeout=${ROOMY_CAP_MS}`;
    const had = ctx.environment.value("NODE_OPTIONS") ?? "";
    // Options that are set already must stay; they hold no secret but may be long.
    const before = had.replace(/--network-family-autoselection-attempt-timeout[= ]\d+\s*/, "").trim();
    const value = before === "" ? flag : `${before} ${flag}`;
    const { shell } = ctx.machine;
    const [command, os] =
      shell === "powershell"
        ? [`$env:NODE_OPTIONS = "${value}"`, "windows" as const]
        : shell === "cmd"
          ? [`set NODE_OPTIONS=${value}`, "windows" as const]
          : shell === "fish"
            ? [`set -gx NODE_OPTIONS "${value}"`, "any" as const]
            : [`export NODE_OPTIONS="${value}"`, "any" as const];
    return {
      confidence: 0.95,
      evidence: [
        ...good.map(connectEvidence),
        ...cut.map(({ address, ms }) => ({
          en: `Node gives ${address} ${race.capMs} ms, and it needs ${ms} ms`,
          zh: `Node 只给 ${address} ${race.capMs} 毫秒，而它需要 ${ms} 毫秒`,
        })),
        ...(last?.error === undefined
          ? []
          : [
              {
                en: `the last address, ${last.address}, fails: ${last.error}`,
                zh: `最后一个地址 ${last.address} 失败：${last.error}`,
              },
            ]),
      ],
      title: {
        en: `Node gives up on ${host} after ${race.capMs} ms; it answers after ${Math.min(...good.map(({ ms }) => ms))} ms`,
        zh: `Node 在 ${race.capMs} 毫秒后放弃 ${host}，而它要 ${Math.min(...good.map(({ ms }) => ms))} 毫秒才应答`,
      },
      why: {
        en: "The path is slower than Node's patience with one address, and the address it goes on to does not work. curl and Claude Code wait longer, so they connect.",
        zh: "线路的延迟超过了 Node 对单个地址的耐心，而它转向的下一个地址又不可用。curl 和 Claude Code 等得更久，因此能连上。",
      },
      fix: [
        {
          os,
          shell: shell === "sh" ? "sh" : shell,
          commands: [command],
          note: {
            en: "Set it where the program is started, then start it again.",
            zh: "在启动程序的环境中设置，然后重新启动程序。",
          },
        },
      ],
      explains: ["tcp.race", "tcp.connect"],
    };
  },
};

/** Rules for address families. */
export const TCP_FAMILY_RULES: readonly Rule[] = [RACE_CAP, V6_BROKEN, V6_SLOW];
