// Rules about TLS that fails over one address family only: no program goes back from there.

import type { Context } from "../context.ts";
import type { Handshake } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { outcomeOf } from "../wire/tls-attempt.ts";
import { BEHIND_TLS, noneStands, own, shakeEvidence, tcpEvidence, tlsLetter, words } from "./tls-reading.ts";

function advise(en: string, zh: string, commands: readonly string[] = []): Fix {
  return { os: "any", shell: commands.length > 0 ? "sh" : "any", commands, note: words(en, zh) };
}

/** What became of one family while the other works. */
function familyBroken(facts: Facts, family: 4 | 6): Handshake | undefined {
  const all = own(facts);
  if (noneStands(facts) || facts["tls.handshake"]?.via !== "direct") return undefined;
  const mine = all.filter((one) => one.family === family);
  const other = all.some((one) => one.ok && one.family !== family);
  return other && mine.length > 0 && !mine.some(({ ok }) => ok) ? mine[0] : undefined;
}

function preferIpv4(ctx: Context): readonly Fix[] {
  const { machine } = ctx;
  const { client } = ctx.environment;
  const node: Fix[] =
    client === "node"
      ? [
          advise("Let Node put IPv4 first.", "让 Node 优先使用 IPv4。", [
            "export NODE_OPTIONS=--dns-result-order=ipv4first",
          ]),
        ]
      : [];
  if (machine.platform === "darwin")
    return [
      ...node,
      {
        os: "macos",
        shell: "sh",
        commands: ["networksetup -listallnetworkservices", "networksetup -setv6off Wi-Fi"],
        note: words(
          "Switch IPv6 off on the interface (replace Wi-Fi by its name from the list); back on: networksetup -setv6automatic Wi-Fi.",
          "在网络接口上关闭 IPv6（把 Wi-Fi 换成列表中的名字）；恢复：networksetup -setv6automatic Wi-Fi。",
        ),
      },
    ];
  if (machine.platform === "win32")
    return [
      ...node,
      {
        os: "windows",
        shell: "powershell",
        commands: ["netsh interface ipv6 set prefixpolicy ::ffff:0:0/96 60 4"],
        note: words(
          "Prefer IPv4, in a PowerShell started as administrator; back: netsh interface ipv6 reset.",
          "在以管理员身份运行的 PowerShell 中让系统优先使用 IPv4；恢复：netsh interface ipv6 reset。",
        ),
      },
    ];
  return [
    ...node,
    {
      os: "linux",
      shell: "sh",
      commands: [
        "echo 'precedence ::ffff:0:0/96  100' | sudo tee -a /etc/gai.conf",
        `getent ahosts ${ctx.target.host}`,
      ],
      note: words(
        "Prefer IPv4 for all programs that resolve through the C library; the first address below must then be an IPv4 one.",
        "让所有通过 C 库解析的程序优先使用 IPv4；之后下面命令的第一个地址应为 IPv4。",
      ),
    },
  ];
}

function familyRule(code: string, family: 4 | 6, kind: "reset" | "timeout"): Rule {
  const [name, other] = family === 6 ? ["IPv6", "IPv4"] : ["IPv4", "IPv6"];
  const [en, zh] = kind === "reset" ? ["is cut off", "被切断"] : ["is never answered", "没有应答"];
  return {
    code,
    layer: "tls",
    severity: "error",
    title: words(`TLS ${en} over ${name} only`, `仅 ${name} 上的 TLS ${zh}`),
    meaning: words(
      `TCP connects over ${name}, so programs choose it and stay with it; TLS then ${en}. Nobody falls back to ${other} at that point.`,
      `${name} 的 TCP 能连上，程序便选用并停留在它上面；随后 TLS ${zh}。到这一步没有程序会回退到 ${other}。`,
    ),
    advice: words(
      `Until the ${name} line is repaired, let programs take ${other} first, or switch ${name} off on that interface.`,
      `在 ${name} 线路修复之前，让程序优先使用 ${other}，或在该接口上关闭 ${name}。`,
    ),
    sources: [
      "https://github.com/anthropics/claude-code/issues/19301",
      "https://github.com/anthropics/claude-code/issues/69104",
      "https://www.rfc-editor.org/rfc/rfc8305",
    ],
    match(facts, ctx) {
      const broken = familyBroken(facts, family);
      if (broken === undefined) return undefined;
      const what = outcomeOf(broken);
      if (kind === "timeout" ? what !== "timeout" : what === "timeout" || broken.at !== "tls") return undefined;
      const first = facts["tcp.connect"]?.best ?? facts["dns.lookup"]?.addresses[0]?.address;
      const hits = first === broken.address;
      return {
        confidence: 0.95,
        severity: hits ? "error" : "warning",
        title: words(`TLS over ${name} ${en}, over ${other} it works`, `${name} 上的 TLS ${zh}，${other} 上正常`),
        why: words(
          `${hits ? `This machine takes ${name} first` : `This machine takes ${other} first today, so most requests work`}. TCP connects over both, but the handshake with ${broken.address} ends with ${broken.error}, and no program tries the other family after that.`,
          `${hits ? `本机优先使用 ${name}` : `本机目前优先使用 ${other}，因此多数请求正常`}。两者的 TCP 都能连上，但与 ${broken.address} 的握手以 ${broken.error} 告终，此后没有程序会改试另一个地址族。`,
        ),
        evidence: [...tcpEvidence(facts), ...own(facts).map(shakeEvidence)],
        fix:
          family === 6
            ? preferIpv4(ctx)
            : [
                advise(
                  "Let programs take IPv6 first, and have the IPv4 line looked at.",
                  "让程序优先使用 IPv6，并检查 IPv4 线路。",
                  ["export NODE_OPTIONS=--dns-result-order=ipv6first"],
                ),
              ],
        letter: tlsLetter(
          ctx,
          facts,
          words(
            `TLS over ${name} to this host ${en} while TCP connects; over ${other} it works. Please look at filters and the MTU of the ${name} line.`,
            `到该主机的 ${name} TLS ${zh}，但 TCP 能连上；${other} 正常。请检查 ${name} 线路的过滤与 MTU。`,
          ),
        ),
        explains: BEHIND_TLS,
      };
    },
  };
}

/** One family works, the other does not. */
export const TLS_FAMILY_RULES: readonly Rule[] = [
  familyRule("TLS_V6_RESET", 6, "reset"),
  familyRule("TLS_V6_SILENT", 6, "timeout"),
  familyRule("TLS_V4_RESET", 4, "reset"),
  familyRule("TLS_V4_SILENT", 4, "timeout"),
];
