// Rules for connections that this machine itself does not make: it has no route, or forbids them.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Match, Rule } from "../finding.ts";
import { EXPLAINS, targetConnects, tcpEvidence, troubleOf, WRONG_ADDRESS, wholeTrouble } from "./tcp-reading.ts";

const NO_ROUTE: Rule = {
  code: "TCP_NO_ROUTE",
  layer: "tcp",
  severity: "error",
  title: { en: "This machine has no way to the internet", zh: "本机没有通往互联网的路由" },
  meaning: {
    en: "There is no route for the address: the network is off, Wi-Fi or cable is out, a VPN took the default route with it, or a container has no network.",
    zh: "系统没有到该地址的路由：网络已断开、Wi-Fi 或网线未连接、VPN 断开时带走了默认路由，或容器没有网络。",
  },
  advice: {
    en: "Connect the network; then look whether a default route is there.",
    zh: "先连接网络，再检查默认路由是否存在。",
  },
  sources: ["https://man7.org/linux/man-pages/man7/ip.7.html", "https://code.claude.com/docs/en/errors"],
  says: [/ENETUNREACH/, /Network is unreachable/i, /ENETDOWN/],
  yieldsTo: ["DNS_FAKE_IP_LOST"],
  match(facts, ctx) {
    const connects = targetConnects(facts);
    const nowhere = facts["tcp.controls"]?.nowhere;
    const lookup = facts["dns.lookup"];
    const routeless = nowhere !== undefined && troubleOf(nowhere) === "no-route";
    // Without any address known, an unanswered lookup is a consequence of the same lack.
    const mute =
      lookup !== undefined &&
      lookup.addresses.length === 0 &&
      (facts["dns.nameservers"]?.servers ?? []).every(({ a }) =>
        /^(?:TIMEOUT|ECONNREFUSED|EPERM)$/.test(a.error ?? ""),
      );
    const applies =
      connects === undefined
        ? mute && routeless && lookup.of === "target"
        : wholeTrouble(facts) === "no-route" && (nowhere === undefined || routeless);
    if (!applies) return undefined;
    const { platform, container } = ctx.machine;
    const commands =
      platform === "darwin"
        ? ["route -n get default", "networksetup -listallhardwareports"]
        : platform === "win32"
          ? ["Get-NetRoute -DestinationPrefix 0.0.0.0/0", "Get-NetAdapter"]
          : container
            ? ["ip route", "docker network inspect bridge"]
            : ["ip route", "ip -br link", "nmcli device status"];
    return {
      confidence: 0.95,
      evidence: [
        ...tcpEvidence(facts),
        ...(nowhere === undefined
          ? []
          : [
              {
                en: `no address of the internet can be reached: ${nowhere.error ?? "?"} after ${nowhere.ms} ms`,
                zh: `任何互联网地址都不可达：${nowhere.error ?? "?"}（${nowhere.ms} 毫秒）`,
              },
            ]),
      ],
      title: { en: "This machine has no route to the internet", zh: "本机没有通往互联网的路由" },
      why: {
        en: `The system says so itself, before a packet leaves: no network that is up leads to ${ctx.target.host}.`,
        zh: `系统在发包之前就明确表示：没有任何已启用的网络通向 ${ctx.target.host}。`,
      },
      fix: [
        {
          os: platform === "darwin" ? "macos" : platform === "win32" ? "windows" : "linux",
          shell: platform === "win32" ? "powershell" : "sh",
          commands,
          note: {
            en: 'Connect Wi-Fi or cable, or reconnect the VPN; a line that begins with "default" must be there. A container needs a network (not --network none).',
            zh: "连接 Wi-Fi 或网线，或重新连接 VPN；路由表中必须有 default 一行。容器必须有网络（不能是 --network none）。",
          },
        },
      ],
      explains: ["dns.lookup", "dns.nameservers", ...EXPLAINS],
    };
  },
};

const FORBIDDEN_HERE: Rule = {
  code: "TCP_LOCAL_FIREWALL",
  layer: "tcp",
  severity: "error",
  title: { en: "This machine itself forbids the connection", zh: "本机自身禁止该连接" },
  meaning: {
    en: "The operating system refuses before a packet leaves: a firewall on this machine (for this program perhaps), a security product, or a sandbox.",
    zh: "数据包尚未发出就被操作系统拒绝：本机防火墙（可能只针对该程序）、安全软件或沙箱所致。",
  },
  advice: {
    en: "Allow the program in the firewall or security product of this machine; in a sandbox, allow the host.",
    zh: "在本机的防火墙或安全软件中放行该程序；若在沙箱中，请放行该主机。",
  },
  sources: ["https://github.com/objective-see/LuLu/issues/724", "https://code.claude.com/docs/en/errors"],
  says: [/connect EPERM/, /connect EACCES/],
  yieldsTo: WRONG_ADDRESS,
  match(facts, ctx) {
    if (wholeTrouble(facts) !== "forbidden-here") return undefined;
    const { platform } = ctx.machine;
    const routed = (targetConnects(facts) ?? []).some(({ error, local }) => local === true && error !== "EACCES");
    if (routed) return byRoute(facts, ctx);
    const commands =
      platform === "darwin"
        ? ["sudo pfctl -sr", "systemextensionsctl list"]
        : platform === "win32"
          ? ["Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True | Select-Object DisplayName"]
          : [
              "sudo nft list ruleset",
              "sudo iptables -S OUTPUT",
              `ip route get ${targetConnects(facts)?.[0]?.address ?? "160.79.104.10"}`,
            ];
    return {
      confidence: 0.9,
      evidence: tcpEvidence(facts),
      title: {
        en: `This machine forbids connections to ${ctx.target.host}:${ctx.target.port}`,
        zh: `本机禁止到 ${ctx.target.host}:${ctx.target.port} 的连接`,
      },
      why: {
        en: "The operating system refused at once, before anything left: a local firewall, a security product or a sandbox decides that.",
        zh: "操作系统在数据发出之前就拒绝了：由本机防火墙、安全软件或沙箱决定。",
      },
      fix: [
        {
          os: platform === "darwin" ? "macos" : platform === "win32" ? "windows" : "linux",
          shell: platform === "win32" ? "powershell" : "sh",
          commands,
          note: {
            en: `Find the rule that blocks outgoing connections to ${ctx.target.host}:${ctx.target.port}, and allow this program there.`,
            zh: `找到拦截到 ${ctx.target.host}:${ctx.target.port} 出站连接的规则，并放行该程序。`,
          },
        },
      ],
      explains: EXPLAINS,
    };
  },
};

/** A route that says no: kill switches of VPNs and sandboxes set such, and leave them behind. */
function byRoute(facts: Facts, ctx: Context): Match {
  const { platform } = ctx.machine;
  const { host, port } = ctx.target;
  const [first] = (targetConnects(facts) ?? []).filter(({ error, local }) => local === true && error !== "ENETUNREACH");
  const address = first?.address ?? host;
  const commands =
    platform === "darwin"
      ? [`route -n get ${first?.family === 6 ? "-inet6 " : ""}${address}`, "netstat -rn"]
      : platform === "win32"
        ? [`Find-NetRoute -RemoteIPAddress ${address}`, "Get-NetRoute"]
        : [
            "ip route show table all | grep -E '^(blackhole|unreachable|prohibit|throw)'",
            "ip -6 route show table all | grep -E '^(blackhole|unreachable|prohibit|throw)'",
          ];
  return {
    confidence: 0.9,
    evidence: tcpEvidence(facts),
    title: {
      en: `A route of this machine forbids connections to ${host}:${port}`,
      zh: `本机的一条路由禁止到 ${host}:${port} 的连接`,
    },
    why: {
      en: `The operating system refused at once, before anything left: its routing table has an entry for ${address} that leads nowhere. A VPN's kill switch or a sandbox sets such routes.`,
      zh: `操作系统在数据发出之前就拒绝了：路由表中有一条针对 ${address} 的禁止条目。VPN 的断网保护（kill switch）或沙箱会设置这样的路由。`,
    },
    fix: [
      {
        os: platform === "darwin" ? "macos" : platform === "win32" ? "windows" : "linux",
        shell: platform === "win32" ? "powershell" : "sh",
        commands,
        note: {
          en: `Find the route that covers ${address}, and turn off the VPN, kill switch or script that set it.`,
          zh: `找出覆盖 ${address} 的路由，并关闭设置它的 VPN、断网保护或脚本。`,
        },
      },
    ],
    explains: EXPLAINS,
  };
}

/** Rules for what does not leave this machine. */
export const TCP_MACHINE_RULES: readonly Rule[] = [NO_ROUTE, FORBIDDEN_HERE];
