// Rules about handshakes that never come about although TCP connects: filters, boxes that cannot take a large ClientHello, dead ends.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Rule } from "../finding.ts";
import {
  BEHIND_TLS,
  comparison,
  heard,
  noneStands,
  outcome,
  place,
  programName,
  tcpEvidence,
  tlsLetter,
  words,
} from "./tls-reading.ts";

const ISOLATED = "https://github.com/anthropics/claude-code/issues/94225";

/** How one kind of obstacle shows, and what to say about it. */
interface Obstacle {
  readonly code: string;
  readonly title: readonly [string, string];
  readonly meaning: readonly [string, string];
  readonly advice: readonly [string, string];
  readonly sources: readonly string[];
  readonly says?: readonly RegExp[];
  readonly yieldsTo?: readonly string[];
  readonly confidence: number;
  readonly shows: (facts: Facts) => boolean;
  readonly why: (ctx: Context) => readonly [string, string];
  readonly fix: (ctx: Context) => readonly Fix[];
  readonly ask: readonly [string, string];
}

function ruleOf(obstacle: Obstacle): Rule {
  const { code, sources, says, confidence, shows, why, fix, ask } = obstacle;
  return {
    code,
    layer: "tls",
    severity: "error",
    title: words(...obstacle.title),
    meaning: words(...obstacle.meaning),
    advice: words(...obstacle.advice),
    sources,
    ...(says === undefined ? {} : { says }),
    ...(obstacle.yieldsTo === undefined ? {} : { yieldsTo: obstacle.yieldsTo }),
    match(facts, ctx) {
      if (facts["tls.matrix"] === undefined || !noneStands(facts) || !shows(facts)) return undefined;
      const behind = behindProxy(facts);
      return {
        confidence,
        title: words(`${ctx.target.host}: ${obstacle.title[0]}`, `${ctx.target.host}：${obstacle.title[1]}`),
        why: words(...why(ctx)),
        evidence: [...tcpEvidence(facts), ...behind.evidence, ...comparison(facts)],
        fix: [...behind.fix, ...fix(ctx)],
        letter: tlsLetter(ctx, facts, words(...ask)),
        explains: BEHIND_TLS,
      };
    },
  };
}

function advise(en: string, zh: string, commands: readonly string[] = []): Fix {
  return { os: "any", shell: commands.length > 0 ? "sh" : "any", commands, note: words(en, zh) };
}

/** Through a proxy that carries other hosts, the obstacle lies at the proxy or behind it, and not in this machine's line. */
function behindProxy(facts: Facts): { readonly evidence: readonly Evidence[]; readonly fix: readonly Fix[] } {
  const tunnel = facts["proxy.tunnel"];
  const other = tunnel?.control;
  if (tunnel === undefined || other?.ok !== true || other.inner !== undefined) return { evidence: [], fix: [] };
  return {
    evidence: [
      words(
        `through the same proxy ${tunnel.proxy} a handshake with ${other.to} works (${other.ms} ms)`,
        `经同一代理 ${tunnel.proxy} 与 ${other.to} 的握手正常（${other.ms} 毫秒）`,
      ),
    ],
    fix: [
      advise(
        `It is the proxy ${tunnel.proxy}, or what lies behind it, that stops this host: send the letter to whoever runs it (a local proxy program: choose another node, and see its rule for this host).`,
        `是代理 ${tunnel.proxy} 或其后的网络阻断了该主机：请把说明发给其管理者（若是本地代理程序：更换节点，并检查其中针对该主机的规则）。`,
      ),
    ],
  };
}

/** A filter by name cannot be put right on this machine, only gone round by what is permitted. */
function permittedWay(ctx: Context): readonly Fix[] {
  const { host } = ctx.target;
  return [
    advise(
      `In a company or school network: ask for ${host} to be allowed, or for the proxy that is meant for it, and set HTTPS_PROXY to that.`,
      `在公司或学校网络中：申请放行 ${host}，或询问应使用的代理并设置 HTTPS_PROXY。`,
    ),
    advise(
      "If browsers work through a local proxy, the terminal does not take part: give it the same one (replace the port by that of your proxy), where using it is permitted.",
      "如果浏览器是通过本机代理访问的，终端不会自动使用它：在允许使用的前提下，为终端设置同一个代理（把端口换成你的代理端口）。",
      ["export HTTPS_PROXY=http://127.0.0.1:7890"],
    ),
    advise(
      "Compare with another network, such as a phone's hotspot: if it works there, this network filters.",
      "换一个网络对比，例如手机热点：若可用，说明是当前网络在过滤。",
    ),
  ];
}

const sniReset = ruleOf({
  code: "TLS_SNI_RESET",
  title: ["TLS is cut off as soon as this name is in the ClientHello", "ClientHello 中一出现该域名，TLS 就被切断"],
  meaning: [
    "Something on the way reads the host name, which is not encrypted in the handshake, and resets the connection. With another name the same address answers.",
    "途中有设备读取握手中未加密的主机名并重置连接。换用其他域名时，同一地址有应答。",
  ],
  advice: [
    "A filter of the network (company, school, country). Ask for the host to be allowed or use the proxy that is meant for it.",
    "这是网络中的过滤（公司、学校或国家级）。请申请放行该主机，或使用指定的代理。",
  ],
  sources: [
    "https://qixinlee.com/?p=551",
    "https://github.com/ImMALWARE/dns.malw.link/issues/82",
    "https://code.claude.com/docs/en/network-config",
  ],
  says: [/Client network socket disconnected before secure TLS connection was established/i],
  confidence: 0.95,
  shows: (facts) => {
    const both = (what: string) => outcome(facts, "default") === what && outcome(facts, "classical") === what;
    // Some filters answer with an alert; then only a handshake that stands shows that the server itself is not so.
    const stands = outcome(facts, "decoy-name") === "ok" || outcome(facts, "classical-decoy") === "ok";
    return (both("reset") && decoyHeard(facts)) || (both("alert") && stands);
  },
  why: ({ target }) => [
    `With "${target.host}" in the ClientHello the connection is cut off; with another name the same server answers. So something between here and the server filters by name.`,
    `ClientHello 中含 “${target.host}” 时连接被切断；换成其他域名，同一服务器有应答。说明途中有设备按域名过滤。`,
  ],
  fix: permittedWay,
  ask: [
    "TLS connections to this host are reset as soon as the host name is seen (SNI). Please allow the host.",
    "到该主机的 TLS 连接一出现主机名（SNI）就被重置，请放行该主机。",
  ],
});

const sniDropped = ruleOf({
  code: "TLS_SNI_DROPPED",
  title: ["TLS packets with this name in them are swallowed", "含有该域名的 TLS 数据包被丢弃"],
  meaning: [
    "Something on the way reads the host name in the handshake and drops the packets. With another name the same address answers.",
    "途中有设备读取握手中的主机名并丢弃数据包。换用其他域名时，同一地址有应答。",
  ],
  advice: [
    "A filter of the network. Ask for the host to be allowed or use the proxy that is meant for it.",
    "这是网络中的过滤。请申请放行该主机，或使用指定的代理。",
  ],
  sources: ["https://qixinlee.com/?p=551", "https://code.claude.com/docs/en/network-config"],
  confidence: 0.93,
  shows: (facts) =>
    outcome(facts, "default") === "timeout" && outcome(facts, "classical") === "timeout" && decoyHeard(facts),
  why: ({ target }) => [
    `With "${target.host}" in the ClientHello no answer comes; with another name the same server answers. So something between here and the server drops by name.`,
    `ClientHello 中含 “${target.host}” 时没有应答；换成其他域名，同一服务器有应答。说明途中有设备按域名丢包。`,
  ],
  fix: permittedWay,
  ask: [
    "TLS packets to this host are dropped when they hold its name (SNI). Please allow the host.",
    "到该主机、含其域名（SNI）的 TLS 数据包被丢弃，请放行该主机。",
  ],
});

function decoyHeard(facts: Facts): boolean {
  return heard(facts, "decoy-name") || heard(facts, "classical-decoy");
}

const dead = ruleOf({
  code: "TLS_DEAD_ENDPOINT",
  title: ["TCP connects, but nothing ever answers TLS", "TCP 能连上，但 TLS 始终没有应答"],
  meaning: [
    "The connection is accepted and then nothing comes, whatever is sent: a server that hangs, a load balancer without a server behind it, or a firewall that accepts for it and forwards nothing.",
    "连接被接受后，无论发送什么都没有应答：服务器卡死、负载均衡后面没有可用的服务器，或防火墙代为接受却不转发。",
  ],
  advice: [
    "For a gateway of your own: look at its process and log. For the public service: another network tells whether it is this line.",
    "自己的网关：检查其进程与日志。公共服务：换一个网络即可判断是否为本线路的问题。",
  ],
  sources: [ISOLATED],
  confidence: 0.85,
  shows: (facts) =>
    (["default", "classical", "decoy-name", "tiny-reply"] as const).every((one) => outcome(facts, one) === "timeout"),
  why: (ctx) => [
    `${place(ctx)} accepts connections and then stays silent to every kind of handshake.`,
    `${place(ctx)} 接受连接，但对任何形式的握手都没有应答。`,
  ],
  fix: (ctx) =>
    ctx.target.official
      ? [
          advise(
            "Compare with another network, such as a phone's hotspot; restart the VPN or local proxy if one is on; look at https://status.claude.com.",
            "换一个网络对比，例如手机热点；若开着 VPN 或本机代理，重启它；查看 https://status.claude.com。",
          ),
        ]
      : [
          advise(
            `See on the server ${ctx.target.host} whether the process behind port ${ctx.target.port} is alive, and restart it.`,
            `在服务器 ${ctx.target.host} 上检查端口 ${ctx.target.port} 对应的进程是否正常，并重启它。`,
            [`sudo ss -ltnp 'sport = :${ctx.target.port}'`],
          ),
        ],
  ask: [
    "TCP connects to this host, but nothing answers the TLS handshake. Please see whether a firewall or balancer on the way accepts connections and does not forward them.",
    "到该主机的 TCP 能连上，但 TLS 握手没有应答。请检查途中的防火墙或负载均衡是否只接受连接而不转发。",
  ],
});

const alwaysReset = ruleOf({
  code: "TLS_ALWAYS_RESET",
  title: ["TLS is cut off, whatever the handshake looks like", "无论握手内容如何，TLS 都被切断"],
  meaning: [
    "The connection is accepted and closed as soon as TLS begins, with any name and any size: a filter by address or protocol, a balancer without a server, or a service that speaks something else.",
    "连接建立后，TLS 一开始就被关闭，与域名和大小无关：按地址或协议过滤、负载均衡后无服务器，或该服务使用别的协议。",
  ],
  advice: [
    "Compare with another network. For a gateway of your own, look at its log.",
    "换一个网络对比。若是自己的网关，查看其日志。",
  ],
  sources: [
    "https://gfw.report/blog/gfw_unconditional_rst_20250820/zh",
    "https://github.com/anthropics/claude-code/issues/93031",
  ],
  yieldsTo: ["TLS_NOT_TLS"],
  confidence: 0.8,
  shows: (facts) =>
    (["default", "classical", "decoy-name", "classical-decoy"] as const).every(
      (one) => outcome(facts, one) === "reset",
    ),
  why: (ctx) => [
    `${place(ctx)} closes every TLS handshake at once, also with another name in it and with a small one.`,
    `${place(ctx)} 立即关闭每一次 TLS 握手，换域名或缩小握手也一样。`,
  ],
  fix: (ctx) => [
    advise(
      "Compare with another network, such as a phone's hotspot; switch off VPN, local proxy and antivirus one by one.",
      "换一个网络对比，例如手机热点；逐个关闭 VPN、本机代理与杀毒软件。",
    ),
    ...(ctx.target.official
      ? []
      : [
          advise(
            `Look at the log of the server behind ${place(ctx)}: it closes connections before TLS.`,
            `查看 ${place(ctx)} 背后服务器的日志：它在 TLS 之前就关闭了连接。`,
          ),
        ]),
  ],
  ask: ["TLS connections to this host are closed at once. Please allow it.", "到该主机的 TLS 连接立即被关闭，请放行。"],
});

const largeDropped = ruleOf({
  code: "TLS_LARGE_HELLO_DROPPED",
  title: [
    "TLS works with a small ClientHello, and a large one is swallowed",
    "小 ClientHello 可以握手，大 ClientHello 被丢弃",
  ],
  meaning: [
    "The post-quantum key share makes the first message longer than one packet. A box on the way cannot put the two together and drops it; large uploads pass.",
    "后量子密钥份额使第一条消息超过一个数据包。途中设备无法重组而将其丢弃；而较大的上传可以通过。",
  ],
  advice: [
    "The box's maker has an update for it; until then the network's administrator can exempt the host from inspection.",
    "该设备的厂商一般已有更新；在此之前，网络管理员可以对该主机豁免检查。",
  ],
  sources: [ISOLATED, "https://tldr.fail/", "https://github.com/openssl/openssl/issues/27557"],
  confidence: 0.85,
  shows: (facts) =>
    outcome(facts, "default") === "timeout" && outcome(facts, "classical") === "ok" && bigUpload(facts) === true,
  why: (ctx) => [
    `The ClientHello of ${programName(ctx.environment.client)} takes two packets and is never answered; one of a single packet is, and so is an upload of 20,000 bytes. So it is not the size of packets but the ClientHello that is not understood.`,
    `${programName(ctx.environment.client)} 的 ClientHello 需要两个数据包，始终没有应答；单个数据包的握手有应答，20000 字节的上传也有。所以问题不在包大小，而在于大 ClientHello 不被理解。`,
  ],
  fix: largeHelloFix,
  ask: [
    "TLS handshakes whose ClientHello takes two packets (X25519MLKEM768) get lost on the way, smaller ones work. Please update the inspecting device, or exempt this host.",
    "ClientHello 超过一个数据包（X25519MLKEM768）的 TLS 握手在途中丢失，较小的正常。请更新检查设备，或对该主机豁免检查。",
  ],
});

function bigUpload(facts: Facts): boolean | undefined {
  return facts["mtu.sizes"]?.uploads.find(({ bytes }) => bytes === 20_000)?.answered;
}

/** What the user can do where a large ClientHello does not pass. */
export function largeHelloFix(ctx: Context): readonly Fix[] {
  const { host } = ctx.target;
  const fix = [
    advise(
      `The right fix is the network's: update the firewall or proxy that inspects TLS, or exempt ${host} (the letter below says it for you).`,
      `根本的修复在网络一侧：更新检查 TLS 的防火墙或代理，或对 ${host} 豁免检查（下方有给管理员的说明）。`,
    ),
    advise(
      "Until then another network, a VPN that is permitted, or the company's proxy goes round the device.",
      "在此之前，可换用其他网络、获准使用的 VPN 或公司代理绕过该设备。",
    ),
  ];
  if (ctx.environment.client !== "node") return fix;
  const note = words(
    "Node can be given the groups without a post-quantum key share; the connection stays encrypted and verified. Put this into a file openssl.cnf, and start with it.",
    "可以让 Node 不使用后量子密钥份额；连接仍然加密并校验。把以下内容写入 openssl.cnf 并在启动时指定。",
  );
  const file = `${ctx.machine.home}/openssl-classical.cnf`;
  const commands = [
    `printf 'nodejs_conf = node\\n[node]\\nssl_conf = ssl\\n[ssl]\\nsystem_default = tls\\n[tls]\\nGroups = X25519:P-256:P-384\\n' > "${file}"`,
    `export NODE_OPTIONS="--openssl-config=${file}"`,
  ];
  return [...fix, { os: "any", shell: "sh", commands, note }];
}

const largeReset: Rule = {
  code: "TLS_LARGE_HELLO_RESET",
  layer: "tls",
  severity: "error",
  title: words("A large ClientHello is reset, a small one is not", "大 ClientHello 被重置，小 ClientHello 正常"),
  meaning: words(
    "New programs send a post-quantum key share, which makes their first message longer than one packet. A firewall or proxy on the way does not understand that and resets the connection; older programs on the same machine work.",
    "新版程序会发送后量子密钥份额，使第一条消息超过一个数据包。途中的防火墙或代理不理解它而重置连接；同一台机器上的旧程序则正常。",
  ),
  advice: words(
    "The device needs an update (its maker calls it post-quantum or Kyber support), or an exemption for the host.",
    "该设备需要更新（厂商称为后量子或 Kyber 支持），或对该主机豁免检查。",
  ),
  sources: [ISOLATED, "https://tldr.fail/", "https://github.com/openssl/openssl/issues/27557"],
  says: [/ECONNRESET.*(?:handshake|TLS)/i],
  match(facts, ctx) {
    if (outcome(facts, "default") !== "reset" || outcome(facts, "classical") !== "ok") return undefined;
    const program = programName(ctx.environment.client);
    const hits = noneStands(facts);
    return {
      confidence: 0.93,
      severity: hits ? "error" : "warning",
      title: words("Something on the way resets large ClientHellos", "途中有设备会重置大 ClientHello"),
      why: words(
        `A ClientHello of about 1,600 bytes is reset, one of under 500 bytes is answered by the same server. ${hits ? `${program} sends the large kind.` : `${program} sends the small kind and works; Claude Code and new versions of Node do not.`}`,
        `约 1600 字节的 ClientHello 被重置，500 字节以内的由同一服务器应答。${hits ? `${program} 发送的是大的那种。` : `${program} 发送小的那种，可以工作；Claude Code 与新版 Node 则不行。`}`,
      ),
      evidence: [...tcpEvidence(facts), ...comparison(facts)],
      fix: largeHelloFix(ctx),
      letter: tlsLetter(
        ctx,
        facts,
        words(
          "TLS handshakes whose ClientHello takes two packets (X25519MLKEM768) are reset, smaller ones work. Please update the inspecting device, or exempt this host.",
          "ClientHello 超过一个数据包（X25519MLKEM768）的 TLS 握手被重置，较小的正常。请更新检查设备，或对该主机豁免检查。",
        ),
      ),
      explains: BEHIND_TLS,
    };
  },
};

/** Handshakes that do not come about. */
export const TLS_LINE_RULES: readonly Rule[] = [sniReset, sniDropped, largeReset, largeDropped, dead, alwaysReset];
