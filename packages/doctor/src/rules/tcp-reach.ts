// Rules for connections that do not come about: who refuses, who is silent, who has no way there.

import type { Context } from "../context.ts";
import { placeText } from "../environment/description.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Match, Rule } from "../finding.ts";
import { place } from "../probes/tcp-connect.ts";
import { gatewayEvidence, openThere } from "./gateway-fixes.ts";
import { elsewhere } from "./line-reading.ts";
import {
  EXPLAINS,
  isNear,
  onlyV6,
  othersAnswer,
  targetConnects,
  tcpEvidence,
  tcpLetter,
  troubleOf,
  WRONG_ADDRESS,
  wholeTrouble,
} from "./tcp-reading.ts";

const ACCESS = "https://code.claude.com/docs/en/network-config";

function at(ctx: Context): string {
  return place(ctx.target.host, ctx.target.port);
}

function ask(ctx: Context): { readonly en: string; readonly zh: string } {
  return {
    en: `Please allow outgoing TCP from this machine to ${at(ctx)}.`,
    zh: `请允许本机向 ${at(ctx)} 建立出站 TCP 连接。`,
  };
}

/** What anybody can do about a firewall that is not theirs. */
function around(ctx: Context): Fix {
  return {
    os: "any",
    shell: "any",
    commands: [],
    note: {
      en: `Send the letter below to whoever runs the network. If it has a proxy for the outside, set HTTPS_PROXY to it. A phone's hotspot shows within a minute whether ${ctx.target.host} itself is well.`,
      zh: `请把下面的说明发给网络管理员。若该网络有出口代理，请设置 HTTPS_PROXY。用手机热点试一下，一分钟内就能知道 ${ctx.target.host} 本身是否正常。`,
    },
  };
}

/** For a gateway of one's own, near or far: look at it there. */
function ownGateway(ctx: Context): Fix {
  const from = ctx.target.from;
  const where =
    from === undefined ? "" : ` (${from.name}${from.source.path === undefined ? "" : `, ${placeText(from.source)}`})`;
  return {
    ...openThere(ctx),
    note: {
      en: `Check that the gateway at ${at(ctx)} runs and that the address and port are right${where}; a VPN that it needs must be connected.`,
      zh: `请确认 ${at(ctx)} 上的网关正在运行，地址和端口无误${where}；若需要 VPN，请先连接。`,
    },
  };
}

/** One blocked host among others that answer, or all of them. */
function scope(facts: Facts, ctx: Context): { readonly en: string; readonly zh: string } {
  const others = facts["tcp.controls"]?.others ?? [];
  const names = others.map(({ host }) => host);
  const answer = othersAnswer(facts);
  if (answer === true)
    return {
      en: ` Others of the same owner answer (${names.join(", ")}), so ${ctx.target.host} alone is blocked.`,
      zh: `同一方的其他主机（${names.join("、")}）有应答，可见只有 ${ctx.target.host} 被拦截。`,
    };
  if (answer === false)
    return {
      en: ` So it is for ${names.join(", ")}: not one host is blocked but the way out.`,
      zh: `${names.join("、")} 也一样：被拦截的不是某个主机，而是出口。`,
    };
  return { en: "", zh: "" };
}

function isLoopback(facts: Facts): boolean {
  return facts["dns.lookup"]?.addresses.some((one) => one.class === "loopback") === true;
}

const REFUSED: Rule = {
  code: "TCP_REFUSED",
  layer: "tcp",
  severity: "error",
  title: { en: "The connection is refused", zh: "连接被拒绝" },
  meaning: {
    en: "Somebody answers with a refusal (RST): nothing listens at that port, or a firewall rejects in the server's name.",
    zh: "有设备明确拒绝了连接（RST）：该端口没有服务在监听，或防火墙冒充服务器拒绝。",
  },
  advice: {
    en: "For an official host, ask the network's administrator. For your own gateway, check that it runs and at which port.",
    zh: "若是官方主机，请联系网络管理员；若是自己的网关，请确认它在运行及其端口。",
  },
  sources: [ACCESS, "https://github.com/anthropics/claude-code/issues/36998"],
  says: [/ECONNREFUSED/, /ConnectionRefused/, /Connection refused/i],
  yieldsTo: [...WRONG_ADDRESS, "TCP_REFUSED_LOOPBACK", "TCP_PORT_BLOCKED", "TCP_NO_ROUTE"],
  match(facts, ctx) {
    if (wholeTrouble(facts) !== "refused" || isLoopback(facts) || onlyV6(facts)) return undefined;
    const { official } = ctx.target;
    const fastest = Math.min(...(targetConnects(facts) ?? []).map(({ ms }) => ms));
    return {
      confidence: official ? 0.85 : 0.9,
      evidence: [...tcpEvidence(facts), ...elsewhere(facts), ...gatewayEvidence(ctx)],
      title: official
        ? { en: `Something on the way refuses connections to ${at(ctx)}`, zh: `途中有设备拒绝到 ${at(ctx)} 的连接` }
        : { en: `Nothing listens at ${at(ctx)}`, zh: `${at(ctx)} 上没有服务在监听` },
      why: official
        ? {
            en: `${ctx.target.host} always listens at port ${ctx.target.port}; the refusal came after ${fastest} ms from a firewall or filter that answers in its name.${scope(facts, ctx).en}`,
            zh: `${ctx.target.host} 的 ${ctx.target.port} 端口始终有服务；${fastest} 毫秒后收到的拒绝来自冒充它应答的防火墙或过滤器。${scope(facts, ctx).zh}`,
          }
        : {
            en: `The machine answers and says that port ${ctx.target.port} is closed: the gateway is not running, or listens at another port.`,
            zh: `该机器有应答，但 ${ctx.target.port} 端口是关闭的：网关没有运行，或监听在别的端口。`,
          },
      fix: official ? [around(ctx), ...ownFirewall(ctx)] : [ownGateway(ctx)],
      ...(official ? { letter: tcpLetter(ctx, facts, ask(ctx)) } : {}),
      explains: EXPLAINS,
    };
  },
};

const SILENT: Rule = {
  code: "TCP_TIMEOUT",
  layer: "tcp",
  severity: "error",
  title: { en: "Nobody answers a connection", zh: "连接没有任何应答" },
  meaning: {
    en: "Packets leave and nothing comes back: a firewall drops them, a VPN or tunnel swallows them, or the machine is not there.",
    zh: "数据包发出后毫无回应：被防火墙丢弃，被 VPN 或隧道吞掉，或对方根本不在线。",
  },
  advice: {
    en: "Try another network (a phone's hotspot). If that works, the first network blocks: ask its administrator, or set its proxy.",
    zh: "换一个网络（手机热点）试试。若可用，就是原网络在拦截：联系管理员，或设置该网络的代理。",
  },
  sources: [
    ACCESS,
    "https://github.com/anthropics/claude-code/issues/27306",
    "https://github.com/tailscale/tailscale/issues/19036",
  ],
  says: [/ETIMEDOUT/, /ConnectionTimeout/i, /UND_ERR_CONNECT_TIMEOUT/, /Connection timed out/i],
  yieldsTo: [...WRONG_ADDRESS, "TCP_PORT_BLOCKED", "TCP_NO_ROUTE", "TCP_V6_BROKEN"],
  match(facts, ctx) {
    const trouble = wholeTrouble(facts);
    if ((trouble !== "silent" && trouble !== "host-down") || onlyV6(facts)) return undefined;
    const { official, platform } = ctx.target;
    // Silence of the next router ends so as well: then nothing outside can be reached.
    if (trouble === "host-down" && !isNear(facts) && othersAnswer(facts) === false) return routerGone(facts, ctx);
    const down = !official && (trouble === "host-down" || isNear(facts));
    const endpoint = official && platform !== "anthropic" && isNear(facts);
    return {
      confidence: 0.9,
      evidence: [...tcpEvidence(facts), ...gatewayEvidence(ctx)],
      title: { en: `Nobody answers at ${at(ctx)}`, zh: `${at(ctx)} 没有任何应答` },
      why: down
        ? {
            en: "The address is inside this network, and nothing there answers: the machine is off, its address changed, or the VPN to it is not connected.",
            zh: "这是内网地址，且没有任何应答：机器已关机、地址已变更，或到它的 VPN 没有连接。",
          }
        : endpoint
          ? {
              en: "The name resolves to a private endpoint of this cloud network, and connections to it are dropped: its security group does not let this machine in.",
              zh: "该域名解析到云网络内的私有终端节点，而到它的连接被丢弃：其安全组没有放行本机。",
            }
          : {
              en: `Packets to it are dropped on the way, without a word: a firewall does that, or a VPN whose far end is gone.${scope(facts, ctx).en}`,
              zh: `数据包在途中被悄悄丢弃：可能是防火墙，也可能是另一端已失效的 VPN。${scope(facts, ctx).zh}`,
            },
      fix: down ? [ownGateway(ctx)] : [around(ctx), vpn(ctx)],
      ...(down ? {} : { letter: tcpLetter(ctx, facts, ask(ctx)) }),
      explains: EXPLAINS,
    };
  },
};

function routerGone(facts: Facts, ctx: Context): Match {
  const { platform } = ctx.machine;
  const commands =
    platform === "darwin"
      ? ["route -n get default", "arp -an"]
      : platform === "win32"
        ? ["Get-NetRoute -DestinationPrefix 0.0.0.0/0", "Get-NetNeighbor -State Unreachable"]
        : ["ip route", "ip neigh"];
  return {
    confidence: 0.9,
    evidence: tcpEvidence(facts),
    title: { en: "The router that leads out of this network does not answer", zh: "通往外网的路由器没有应答" },
    why: {
      en: `The packets to ${ctx.target.host} never leave this network: the next machine on the way is off, or the default route names an address that nobody has.`,
      zh: `发往 ${ctx.target.host} 的数据包没有离开本网络：下一跳设备已关机，或默认路由指向了无人使用的地址。`,
    },
    fix: [
      {
        os: platform === "darwin" ? "macos" : platform === "win32" ? "windows" : "linux",
        shell: platform === "win32" ? "powershell" : "sh",
        commands,
        note: {
          en: "Disconnect Wi-Fi, cable or VPN and connect it again, so that the router's address is learnt anew. The first command shows which address the default route names.",
          zh: "断开并重新连接 Wi-Fi、网线或 VPN，以重新获取路由器地址。第一条命令会显示默认路由指向的地址。",
        },
      },
    ],
    explains: EXPLAINS,
  };
}

/** A firewall of this machine that answers with a refusal looks like one on the way. */
function ownFirewall({ machine }: Context): readonly Fix[] {
  if (machine.platform !== "linux") return [];
  const note = {
    en: "If the rule is one of this machine's own firewall, it stands here:",
    zh: "如果规则来自本机自己的防火墙，可在这里找到：",
  };
  return [{ os: "linux", shell: "sh", commands: ["sudo nft list ruleset", "sudo iptables -S OUTPUT"], note }];
}

function vpn(ctx: Context): Fix {
  const note = {
    en: "If a VPN is or was in use: disconnect it and try again; leftovers of a removed one still take the routes.",
    zh: "如果正在或曾经使用 VPN：断开后重试；已卸载的 VPN 的残留仍可能占用路由。",
  };
  const { platform } = ctx.machine;
  if (platform === "darwin")
    return {
      os: "macos",
      shell: "sh",
      commands: ["netstat -rn -f inet | head -n 20", "ifconfig | grep -A2 utun"],
      note,
    };
  if (platform === "win32")
    return {
      os: "windows",
      shell: "powershell",
      commands: [
        "Get-NetRoute -DestinationPrefix 0.0.0.0/0",
        `Test-NetConnection ${ctx.target.host} -Port ${ctx.target.port}`,
      ],
      note,
    };
  return { os: "linux", shell: "sh", commands: ["ip route", "ip -6 route"], note };
}

const REJECTED: Rule = {
  code: "TCP_FIREWALL_REJECT",
  layer: "tcp",
  severity: "error",
  title: { en: "A firewall says that the connection is prohibited", zh: "防火墙明确禁止该连接" },
  meaning: {
    en: "A router or firewall answers at once with an ICMP message (host unreachable, administratively prohibited): it is told not to let this through.",
    zh: "路由器或防火墙立刻返回 ICMP 消息（主机不可达、管理性禁止）：它被配置为不放行。",
  },
  advice: {
    en: "The administrator of that firewall has to allow it; or use the network's proxy.",
    zh: "需由该防火墙的管理员放行；或使用该网络的代理。",
  },
  sources: [ACCESS, "https://www.rfc-editor.org/rfc/rfc1812#section-5.2.7.1"],
  says: [/EHOSTUNREACH/, /No route to host/i],
  yieldsTo: [...WRONG_ADDRESS, "TCP_PORT_BLOCKED", "TCP_NO_ROUTE", "TCP_V6_BROKEN"],
  match(facts, ctx) {
    if (wholeTrouble(facts) !== "rejected" || onlyV6(facts)) return undefined;
    const { official } = ctx.target;
    const fastest = Math.min(
      ...(targetConnects(facts) ?? []).filter((one) => troubleOf(one) === "rejected").map(({ ms }) => ms),
    );
    return {
      confidence: 0.92,
      evidence: tcpEvidence(facts),
      title: { en: `A firewall prohibits connections to ${at(ctx)}`, zh: `防火墙禁止到 ${at(ctx)} 的连接` },
      why: {
        en: `The answer came after ${fastest} ms from a router that says so itself (ICMP), not from the server.${scope(facts, ctx).en}`,
        zh: `${fastest} 毫秒后收到的是路由器自己的答复（ICMP），而不是服务器的。${scope(facts, ctx).zh}`,
      },
      fix: official ? [around(ctx)] : [ownGateway(ctx), around(ctx)],
      letter: tcpLetter(ctx, facts, ask(ctx)),
      explains: EXPLAINS,
    };
  },
};

const PORT_BLOCKED: Rule = {
  code: "TCP_PORT_BLOCKED",
  layer: "tcp",
  severity: "error",
  title: { en: "Port 443 is blocked for every host", zh: "443 端口对所有主机都被封锁" },
  meaning: {
    en: "The same server answers at port 80, and no host answers at 443: the network blocks the port, not the host. Firewalls that only let their proxy out do that, and in August 2025 a national one did for an hour.",
    zh: "同一服务器的 80 端口有应答，而所有主机的 443 都不通：网络封锁的是端口，不是主机。只放行自家代理的防火墙会这样；2025 年 8 月曾有国家级防火墙这样做了约一小时。",
  },
  advice: {
    en: "Use the network's proxy, wait, or take another network.",
    zh: "使用该网络的代理、等待，或换一个网络。",
  },
  sources: ["https://gfw.report/blog/gfw_unconditional_rst_20250820/zh", ACCESS],
  yieldsTo: WRONG_ADDRESS,
  match(facts, ctx) {
    const trouble = wholeTrouble(facts);
    const controls = facts["tcp.controls"];
    if (
      trouble === undefined ||
      trouble === "no-route" ||
      trouble === "forbidden-here" ||
      controls?.samePort80 === undefined
    )
      return undefined;
    const reached = controls.samePort80.ok || (trouble === "silent" && controls.samePort80.error === "ECONNREFUSED");
    const others = controls.others.filter(({ port }) => port === ctx.target.port);
    if (!reached || controls.intercepted || others.length === 0 || others.some(({ ok }) => ok)) return undefined;
    return {
      confidence: 0.92,
      evidence: tcpEvidence(facts),
      title: {
        en: `Port ${ctx.target.port} is blocked for every host; port 80 gets through`,
        zh: `${ctx.target.port} 端口对所有主机都被封锁，80 端口可通`,
      },
      why: {
        en: `${ctx.target.host} answers at port 80, and neither it nor ${others.map(({ host }) => host).join(", ")} at ${ctx.target.port}: the network blocks the port.`,
        zh: `${ctx.target.host} 的 80 端口有应答，而它和 ${others.map(({ host }) => host).join("、")} 的 ${ctx.target.port} 端口都不通：网络封锁的是端口。`,
      },
      fix: [around(ctx)],
      letter: tcpLetter(ctx, facts, {
        en: `Outgoing TCP port ${ctx.target.port} is blocked. Please allow it to the hosts below.`,
        zh: `出站 TCP ${ctx.target.port} 端口被封锁。请对下列主机放行。`,
      }),
      explains: EXPLAINS,
    };
  },
};

/** Rules for addresses that cannot be connected to. */
export const TCP_REACH_RULES: readonly Rule[] = [PORT_BLOCKED, REJECTED, REFUSED, SILENT];
