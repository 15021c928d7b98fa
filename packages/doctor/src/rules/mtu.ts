// Rules about packets that are too large for the line while nobody says so.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Rule } from "../finding.ts";
import { helloOf } from "../http/reading.ts";
import { outcomeOf } from "../wire/tls-attempt.ts";
import { BEHIND_TLS, comparison, noneStands, outcome, place, tcpEvidence, tlsLetter, words } from "./tls-reading.ts";

const SOURCES = [
  "https://github.com/microsoft/WSL/issues/4698",
  "https://github.com/anthropics/claude-code/issues/94225",
  "https://www.rfc-editor.org/rfc/rfc2923",
  "https://www.rfc-editor.org/rfc/rfc8899",
];
/** Fits nearly every tunnel, and is well above the least that IPv6 wants (1280). */
const SAFE_MTU = 1_400;
const ETHERNET = 1_500;
const UPLOADED = 20_000;

function advise(en: string, zh: string, commands: readonly string[] = []): Fix {
  return { os: "any", shell: commands.length > 0 ? "sh" : "any", commands, note: words(en, zh) };
}

/** Answers to uploads on a connection whose handshake is small: by size. */
function answered(facts: Facts, bytes: number): boolean | undefined {
  return facts["mtu.sizes"]?.uploads.find((one) => one.bytes === bytes)?.answered;
}

/** True when sizes were measured over the family that the program takes second, and its first one carries answers. */
function spared(facts: Facts): boolean {
  const family = facts["mtu.sizes"]?.family;
  const best = facts["tcp.connect"]?.best;
  if (family === undefined || best === undefined || facts["tcp.connect"]?.to === "proxy") return false;
  return (best.includes(":") ? 6 : 4) !== family && helloOf(facts)?.status !== undefined;
}

function uploadEvidence(facts: Facts): readonly Evidence[] {
  const mtu = facts["mtu.sizes"];
  const uploads = (mtu?.uploads ?? []).map(({ bytes, answered, ms }) =>
    answered
      ? words(`an upload of ${bytes} bytes is answered in ${ms} ms`, `上传 ${bytes} 字节：${ms} 毫秒内有应答`)
      : words(`an upload of ${bytes} bytes is never answered (${ms} ms)`, `上传 ${bytes} 字节：没有应答（${ms} 毫秒）`),
  );
  const sought =
    mtu?.largestPassed === undefined
      ? []
      : [
          words(
            `packets of ${mtu.largestPassed} bytes pass, those of ${mtu.smallestLost} are lost`,
            `${mtu.largestPassed} 字节的包可通过，${mtu.smallestLost} 字节的包丢失`,
          ),
        ];
  const device = mtu?.route === undefined ? undefined : mtu.interfaces.find(({ name }) => name === mtu.route?.device);
  const own =
    device === undefined
      ? []
      : [
          words(
            `this machine sends packets of up to ${mtu?.route?.mtu ?? device.mtu} bytes on ${device.name}`,
            `本机在 ${device.name} 上最大发送 ${mtu?.route?.mtu ?? device.mtu} 字节的包`,
          ),
        ];
  return [...uploads, ...sought, ...own];
}

/** Makes this machine's packets smaller, which cures the line in both directions: it announces the size to the far end. */
function smaller(ctx: Context, facts: Facts): readonly Fix[] {
  const { machine } = ctx;
  const mtu = facts["mtu.sizes"];
  const passed = mtu?.largestPassed;
  const size = passed === undefined ? SAFE_MTU : Math.max(1_280, Math.min(SAFE_MTU, passed));
  const device = mtu?.route?.device ?? mtu?.interfaces[0]?.name;
  const check = words(
    `If that cures it, make it permanent; if not, try 1350, 1280.`,
    `若有效再设为永久；若无效，依次尝试 1350、1280。`,
  );
  if (machine.platform === "darwin") {
    const name = device ?? "en0";
    return [
      {
        os: "macos",
        shell: "sh",
        commands: [`sudo ifconfig ${name} mtu ${size}`, `networksetup -setMTU Wi-Fi ${size}`],
        note: words(`Send smaller packets on ${name}. ${check.en}`, `在 ${name} 上发送更小的包。${check.zh}`),
      },
    ];
  }
  if (machine.platform === "win32") {
    const name = device ?? "Wi-Fi";
    return [
      {
        os: "windows",
        shell: "cmd",
        commands: [
          "netsh interface ipv4 show subinterfaces",
          `netsh interface ipv4 set subinterface "${name}" mtu=${size} store=persistent`,
        ],
        note: words(
          `Send smaller packets, in a prompt started as administrator (put the name of your interface from the list). ${check.en}`,
          `在管理员命令行中让接口发送更小的包（换成列表中你的接口名）。${check.zh}`,
        ),
      },
    ];
  }
  const name = device ?? "eth0";
  const set = `sudo ip link set dev ${name} mtu ${size}`;
  if (machine.wsl) {
    const boot = words(
      `WSL keeps 1500 although the VPN of Windows carries less. The second command keeps it after a restart. ${check.en}`,
      `Windows 的 VPN 承载不了 1500，而 WSL 仍用 1500。第二条命令使其在重启后保留。${check.zh}`,
    );
    return [
      {
        os: "linux",
        shell: "sh",
        commands: [
          set,
          `printf '[boot]\\ncommand = ip link set dev ${name} mtu ${size}\\n' | sudo tee -a /etc/wsl.conf`,
        ],
        note: boot,
      },
    ];
  }
  const fixes: Fix[] = [
    {
      os: "linux",
      shell: "sh",
      commands: [set],
      note: words(`Send smaller packets on ${name}. ${check.en}`, `在 ${name} 上发送更小的包。${check.zh}`),
    },
  ];
  if (machine.container)
    fixes.push(
      advise(
        `In a container the network's MTU is set on the host: put "mtu": ${size} into /etc/docker/daemon.json there and restart Docker; new networks take it.`,
        `容器网络的 MTU 在宿主机上设置：在宿主机的 /etc/docker/daemon.json 中加入 "mtu": ${size} 并重启 Docker；对新建网络生效。`,
        ["sudo systemctl restart docker"],
      ),
    );
  return fixes;
}

/** For whoever runs the router or the VPN. */
function clamp(ctx: Context): Fix {
  return advise(
    'Whoever runs the router or VPN cures it for everybody: clamp the MSS to the path\'s MTU, and let ICMP "fragmentation needed" and ICMPv6 "packet too big" pass.',
    "管理路由器或 VPN 的人可以一次为所有人解决：把 MSS 钳制到路径 MTU，并放行 ICMP “需要分片” 与 ICMPv6 “包过大”。",
    ctx.machine.platform === "linux"
      ? ["sudo iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"]
      : [],
  );
}

function hole(
  code: string,
  direction: "up" | "down",
  shows: (facts: Facts) => { readonly confidence: number; readonly hits: boolean } | undefined,
): Rule {
  const up = direction === "up";
  const [en, zh] = up
    ? ["Large packets to the server get lost on the way", "发往服务器的大数据包在途中丢失"]
    : ["Large packets from the server get lost on the way", "服务器发来的大数据包在途中丢失"];
  return {
    code,
    layer: "mtu",
    severity: "error",
    title: words(en, zh),
    meaning: words(
      "A tunnel (VPN, PPPoE, WSL behind a VPN, a container network) carries smaller packets than this machine sends, and the message that would say so is dropped by a firewall. Small things pass, large ones hang without an error.",
      "隧道（VPN、PPPoE、VPN 后的 WSL、容器网络）能承载的包比本机发送的小，而本应告知这一点的消息被防火墙丢弃。小数据能过，大数据无报错地卡住。",
    ),
    advice: words(
      "Lower the MTU of the interface (1400, then 1350, 1280), or have the MSS clamped on the router or VPN.",
      "降低接口 MTU（1400，再试 1350、1280），或在路由器、VPN 上做 MSS 钳制。",
    ),
    sources: SOURCES,
    says: [/stream idle timeout|Request timed out/i],
    match(facts, ctx) {
      const found = shows(facts);
      if (found === undefined) return undefined;
      const what = up
        ? words(
            "A small ClientHello and small requests are answered; whatever fills a whole packet is not, a large ClientHello among it.",
            "小 ClientHello 与小请求有应答；凡是占满整个数据包的都没有应答，包括大 ClientHello。",
          )
        : words(
            "A refusal of seven bytes comes back, a certificate, which fills several packets, never does.",
            "7 字节的拒绝消息能回来，而占满多个数据包的证书始终回不来。",
          );
      const [bad, good] = facts["mtu.sizes"]?.family === 6 ? ["IPv6", "IPv4"] : ["IPv4", "IPv6"];
      const second = up && spared(facts);
      const over = second ? words(` over ${bad}`, `，经 ${bad}`) : words("", "");
      const first = second
        ? words(
            ` The program tries ${good} first, which is well: only what goes over ${bad} hangs.`,
            `程序先尝试 ${good}，它是正常的：只有经 ${bad} 的请求会卡住。`,
          )
        : words("", "");
      return {
        confidence: found.confidence,
        severity: found.hits ? "error" : "warning",
        title: words(`${en} (MTU black hole, ${place(ctx)}${over.en})`, `${zh}（MTU 黑洞，${place(ctx)}${over.zh}）`),
        why: words(
          `${what.en} TCP itself connects, because its packets are small.${first.en}`,
          `${what.zh}TCP 本身能连上，因为它的包很小。${first.zh}`,
        ),
        evidence: [...tcpEvidence(facts), ...comparison(facts), ...uploadEvidence(facts)],
        fix: [...smaller(ctx, facts), clamp(ctx)],
        letter: tlsLetter(
          ctx,
          facts,
          words(
            "packets of full size get lost on the way to this host and no ICMP message comes back. Please clamp the TCP MSS to the path MTU on the router or VPN, and let ICMP type 3 code 4 and ICMPv6 type 2 pass.",
            "到该主机的满尺寸数据包在途中丢失，且没有 ICMP 消息返回。请在路由器或 VPN 上把 TCP MSS 钳制到路径 MTU，并放行 ICMP type 3 code 4 与 ICMPv6 type 2。",
          ),
        ),
        explains: [...BEHIND_TLS, "streaming.answer", "account.message"],
      };
    },
  };
}

const uplink = hole("MTU_UPLINK_HOLE", "up", (facts) => {
  const hits = noneStands(facts);
  const handshakes = outcome(facts, "default") === "timeout" && outcome(facts, "classical") === "ok";
  const lost = answered(facts, UPLOADED) === false && answered(facts, 200) === true;
  if (lost) return { confidence: handshakes ? 0.95 : 0.85, hits: !spared(facts) };
  // Without the uploads a box that swallows large ClientHellos looks the same.
  return handshakes && answered(facts, UPLOADED) === undefined && answered(facts, 200) !== false
    ? { confidence: 0.65, hits }
    : undefined;
});

const downlink = hole("MTU_DOWNLINK_HOLE", "down", (facts) => {
  const silent = outcome(facts, "default") === "timeout" && outcome(facts, "classical") === "timeout";
  if (!silent || outcome(facts, "tiny-reply") !== "alert") return undefined;
  const decoys = outcome(facts, "decoy-name") === "ok" || outcome(facts, "classical-decoy") === "ok";
  return decoys ? undefined : { confidence: 0.93, hits: true };
});

const tooLarge: Rule = {
  code: "MTU_INTERFACE_TOO_LARGE",
  layer: "mtu",
  severity: "info",
  title: words(
    "The interface sends larger packets than the internet carries",
    "网络接口发送的包大于互联网可承载的大小",
  ),
  meaning: words(
    "Above 1500 bytes only networks built for it work; towards the internet such packets have to be cut down by somebody.",
    "超过 1500 字节的包只能在专门的网络中使用；发往互联网时必须由途中设备处理。",
  ),
  advice: words(
    "Where large transfers hang, set the interface to 1500 or less.",
    "如果大数据传输卡住，把接口设为 1500 或更小。",
  ),
  sources: ["https://github.com/microsoft/WSL/issues/4698"],
  match(facts, ctx) {
    const mtu = facts["mtu.sizes"];
    const device = mtu?.interfaces.find(({ name }) => name === mtu.route?.device);
    if (mtu === undefined || device === undefined || device.mtu <= ETHERNET) return undefined;
    const suspect =
      mtu.uploads.some((one) => !one.answered) ||
      (facts["tls.handshake"]?.handshakes.some((one) => outcomeOf(one) === "timeout") ?? false);
    return {
      confidence: suspect ? 0.6 : 0.5,
      severity: suspect ? "warning" : "info",
      title: words(
        `${device.name} sends packets of up to ${device.mtu} bytes`,
        `${device.name} 发送最大 ${device.mtu} 字节的包`,
      ),
      why: words(
        suspect
          ? "Large packets get lost, and this machine makes them larger than the internet carries."
          : "It works here; it would not where ICMP is dropped.",
        suspect ? "大包丢失，而本机发送的包大于互联网可承载的大小。" : "目前可用；若途中丢弃 ICMP 则会出问题。",
      ),
      evidence: uploadEvidence(facts),
      fix: suspect ? smaller(ctx, facts) : [],
      explains: [],
    };
  },
};

/** Sizes of packets. */
export const MTU_RULES: readonly Rule[] = [uplink, downlink, tooLarge];
