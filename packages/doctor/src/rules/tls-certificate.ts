// Rules about dates, names and the clock.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { BEHIND_TLS, certificateSeverity, chainEvidence, place, tlsLetter, trustOf, words } from "./tls-reading.ts";

/** Less than this is no wrong clock for certificates, milliseconds: they are valid for days. */
const SKEW_MS = 10 * 60_000;
const CODES = "https://nodejs.org/api/tls.html#x509-certificate-error-codes";

/** Local minus server time, when the certificate's dates would fit the server's time but not ours. */
function clockOff(facts: Facts): number | undefined {
  const trust = trustOf(facts);
  if (trust === undefined || !(trust.expired || trust.notYetValid)) return undefined;
  const clock = facts["tls.handshake"]?.clock;
  if (clock === undefined || !clock.validThere || Math.abs(clock.skewMs) < SKEW_MS) return undefined;
  return clock.skewMs;
}

/** Such as "400 days". */
function span(ms: number): { readonly en: string; readonly zh: string } {
  const hours = Math.round(Math.abs(ms) / 3_600_000);
  if (hours >= 48) return words(`${Math.round(hours / 24)} days`, `${Math.round(hours / 24)} 天`);
  return hours >= 2
    ? words(`${hours} hours`, `${hours} 小时`)
    : words(`${Math.round(Math.abs(ms) / 60_000)} minutes`, `${Math.round(Math.abs(ms) / 60_000)} 分钟`);
}

function clockFix({ machine }: Context): readonly Fix[] {
  if (machine.platform === "darwin")
    return [
      {
        os: "macos",
        shell: "sh",
        commands: ["sudo sntp -sS time.apple.com", "date -u"],
        note: words("Set the clock from the network.", "从网络校准时钟。"),
      },
    ];
  if (machine.platform === "win32")
    return [
      {
        os: "windows",
        shell: "powershell",
        commands: ["Start-Service w32time", "w32tm /resync /force", "Get-Date"],
        note: words(
          "Set the clock from the network, in a PowerShell started as administrator.",
          "在以管理员身份运行的 PowerShell 中从网络校准时钟。",
        ),
      },
    ];
  if (machine.wsl)
    return [
      {
        os: "linux",
        shell: "sh",
        commands: ["sudo hwclock -s", "date -u"],
        note: words(
          "WSL's clock stops while Windows sleeps; take it from the hardware again. If that does not help: wsl --shutdown in Windows.",
          "Windows 睡眠时 WSL 的时钟会停住；从硬件时钟恢复。若无效，在 Windows 中执行 wsl --shutdown。",
        ),
      },
    ];
  if (machine.container)
    return [
      {
        os: "linux",
        shell: "sh",
        commands: ["date -u"],
        note: words(
          "A container has its host's clock: set it on the host.",
          "容器使用宿主机的时钟：请在宿主机上校准。",
        ),
      },
    ];
  return [
    {
      os: "linux",
      shell: "sh",
      commands: [
        "sudo timedatectl set-ntp true",
        "sudo systemctl restart systemd-timesyncd || sudo chronyc makestep",
        "date -u",
      ],
      note: words("Set the clock from the network.", "从网络校准时钟。"),
    },
  ];
}

const clockWrong: Rule = {
  code: "TLS_CLOCK_WRONG",
  layer: "tls",
  severity: "error",
  title: words(
    "This machine's clock is wrong, so good certificates look expired or not yet valid",
    "本机时钟不准，导致有效证书看起来已过期或尚未生效",
  ),
  meaning: words(
    "A certificate holds from one date to another. With a clock that is off, a good one is refused.",
    "证书只在一段时间内有效。时钟不准时，有效的证书也会被拒绝。",
  ),
  advice: words(
    "Set the clock from the network. A machine whose battery is empty loses it again.",
    "从网络校准时钟。主板电池耗尽的机器会再次走偏。",
  ),
  sources: [CODES],
  says: [/CERT_NOT_YET_VALID|certificate is not yet valid/i, /CERT_HAS_EXPIRED|certificate has expired/i],
  match(facts, ctx) {
    const skew = clockOff(facts);
    if (skew === undefined) return undefined;
    const by = span(skew);
    const ahead = skew > 0;
    return {
      confidence: 0.97,
      severity: certificateSeverity(ctx),
      title: words(
        `This machine's clock is ${by.en} ${ahead ? "ahead" : "behind"}`,
        `本机时钟${ahead ? "快" : "慢"}了 ${by.zh}`,
      ),
      why: words(
        `By the server's clock the certificate of ${place(ctx)} is valid; by this machine's clock it ${ahead ? "has expired" : "is not valid yet"}.`,
        `按服务器的时钟，${place(ctx)} 的证书有效；按本机时钟，它${ahead ? "已过期" : "尚未生效"}。`,
      ),
      evidence: [
        words(
          `local time minus the server's Date header: ${Math.round(skew / 1000)} s`,
          `本地时间减去服务器 Date 头：${Math.round(skew / 1000)} 秒`,
        ),
        ...chainEvidence(facts),
      ],
      fix: clockFix(ctx),
      explains: [...BEHIND_TLS, "http.clock"],
    };
  },
};

/** Expired and not yet valid differ in a word only. */
function datesRule(code: string, late: boolean): Rule {
  const [en, zh] = late ? ["has expired", "已过期"] : ["is not valid yet", "尚未生效"];
  return {
    code,
    layer: "tls",
    severity: "error",
    title: words(`The server's certificate ${en}`, `服务器证书${zh}`),
    meaning: words(
      "The operator forgot to renew it, or renewed one that begins later; or an intermediate above it ran out.",
      "运维方忘记续期，或换上了稍后才生效的证书；也可能是其上级中间证书到期。",
    ),
    advice: words(
      "Only the operator of that server can put it right. If the machine's clock is wrong, that is another finding.",
      "只有该服务器的运维方能修复。若是本机时钟不准，会另行报告。",
    ),
    sources: [CODES],
    says: [late ? /CERT_HAS_EXPIRED|certificate has expired/i : /CERT_NOT_YET_VALID|certificate is not yet valid/i],
    yieldsTo: ["TLS_CLOCK_WRONG"],
    match(facts, ctx) {
      const trust = trustOf(facts);
      if (trust === undefined || trust.program || (late ? !trust.expired : !trust.notYetValid)) return undefined;
      const chain = facts["tls.handshake"]?.chain ?? [];
      const skew = facts["tls.handshake"]?.clock?.skewMs;
      const { host, official } = ctx.target;
      const dates = chain.map(({ subject, notBefore, notAfter }) =>
        words(
          `${subject || "leaf"}: ${notBefore} to ${notAfter}`,
          `${subject || "叶证书"}：${notBefore} 至 ${notAfter}`,
        ),
      );
      const clock =
        skew === undefined
          ? []
          : [
              words(
                `this machine's clock differs from the server's by ${Math.round(skew / 1000)} s only`,
                `本机时钟与服务器仅相差 ${Math.round(skew / 1000)} 秒`,
              ),
            ];
      const note = official
        ? words(
            `${host} itself would not show such a certificate for long: see whether an inspection product or another server answers (issuer: ${chain[0]?.issuer}), and look at https://status.claude.com.`,
            `${host} 本身不会长期出示这样的证书：检查是否由检查产品或其他服务器应答（签发者：${chain[0]?.issuer}），并查看 https://status.claude.com。`,
          )
        : words(
            `The operator of ${host} has to renew the certificate and reload the server. With certbot: sudo certbot renew && sudo systemctl reload nginx`,
            `${host} 的运维方需要续期证书并重新加载服务。使用 certbot：sudo certbot renew && sudo systemctl reload nginx`,
          );
      return {
        confidence: skew === undefined ? 0.75 : 0.95,
        severity: certificateSeverity(ctx),
        title: words(`The certificate of ${host} ${en}`, `${host} 的证书${zh}`),
        why: words(
          `A certificate of the chain of ${place(ctx)} ${en}, and the clock is not to blame.`,
          `${place(ctx)} 的证书链中有证书${zh}，且与本机时钟无关。`,
        ),
        evidence: [...dates, ...clock],
        fix: [
          { os: "any", shell: "any", commands: [], note },
          {
            os: "any",
            shell: "sh",
            commands: [
              `echo | openssl s_client -connect ${place(ctx)} -servername ${host} 2>/dev/null | openssl x509 -noout -subject -issuer -dates`,
            ],
            note: words("This shows the dates.", "查看证书日期。"),
          },
        ],
        letter: tlsLetter(
          ctx,
          facts,
          words(`the certificate of ${host} ${en}. Please renew it.`, `${host} 的证书${zh}，请续期。`),
        ),
        explains: BEHIND_TLS,
      };
    },
  };
}

const wrongName: Rule = {
  code: "TLS_WRONG_NAME",
  layer: "tls",
  severity: "error",
  title: words("The certificate is for another name", "证书属于其他域名"),
  meaning: words(
    "What answers at this address is not what was asked for: a wrong entry in the hosts file or the DNS, a sign-in page of the network, a gateway whose certificate lacks the name, or an egress filter that blocks by answering itself.",
    "在该地址应答的不是目标服务：hosts 文件或 DNS 记录有误、网络登录页、网关证书缺少该域名，或出口过滤设备自行应答以阻断访问。",
  ),
  advice: words(
    "Find out where the address comes from; for a gateway of your own, use a name that is in its certificate.",
    "查清地址来源；若是自己的网关，使用其证书中包含的域名。",
  ),
  sources: ["https://code.claude.com/docs/en/errors", CODES],
  says: [
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames|Hostname\/IP does not match/i,
    /no alternative certificate subject name matches/i,
  ],
  yieldsTo: ["HTTP_CAPTIVE_PORTAL"],
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust === undefined || trust.program || !trust.wrongName) return undefined;
    const { host, official } = ctx.target;
    const leaf = facts["tls.handshake"]?.chain[0];
    const names = leaf?.names.slice(0, 6).join(", ") || leaf?.subject || "?";
    // Its subject may well say the right name: that has not counted for years.
    const nameless = leaf !== undefined && leaf.names.length === 0;
    const lookup = facts["dns.lookup"];
    const entry = lookup?.hostsFile[0];
    const address = facts["tls.handshake"]?.handshakes.find(({ ok }) => ok)?.address ?? "?";
    const fix: Fix[] = [];
    if (nameless && !official)
      fix.push({
        os: "any",
        shell: "any",
        commands: [],
        note: words(
          `Have the certificate issued anew with ${host} as a subject alternative name (openssl: -addext "subjectAltName=DNS:${host}"); the common name alone counts for no program of today.`,
          `请重新签发证书，并把 ${host} 写入主题备用名称（openssl：-addext "subjectAltName=DNS:${host}"）；如今的程序都不再认可仅有通用名称的证书。`,
        ),
      });
    else if (entry !== undefined)
      fix.push({
        os: "any",
        shell: "any",
        commands: [],
        note: words(
          `Take line ${entry.line} (${entry.address} ${host}) out of the hosts file.`,
          `从 hosts 文件中删除第 ${entry.line} 行（${entry.address} ${host}）。`,
        ),
      });
    else if (official)
      fix.push({
        os: "any",
        shell: "any",
        commands: [`nslookup ${host}`],
        note: words(
          `${host} leads to ${address}, which is somebody else. Open http://neverssl.com/ in a browser for a sign-in page; else ask for the address at another resolver and compare.`,
          `${host} 指向 ${address}，那里是别人的服务器。用浏览器打开 http://neverssl.com/ 看是否需要登录网络；否则换一个 DNS 查询并比较地址。`,
        ),
      });
    else
      fix.push({
        os: "any",
        shell: "any",
        commands: [],
        note: words(
          `Use one of the names of the certificate (${names}) in the base URL, or have ${host} put into the certificate.`,
          `在 base URL 中使用证书包含的域名（${names}），或把 ${host} 加入证书。`,
        ),
      });
    return {
      confidence: trust.untrustedIssuer === undefined ? 0.95 : 0.85,
      severity: certificateSeverity(ctx),
      title: nameless
        ? words(
            `The certificate shown for ${host} holds no names at all (${names})`,
            `为 ${host} 出示的证书不含任何域名（${names}）`,
          )
        : words(`The certificate shown for ${host} is one for ${names}`, `为 ${host} 出示的证书属于 ${names}`),
      why: words(
        `What answers at ${address} is not ${host}, or its certificate lacks that name.`,
        `在 ${address} 应答的不是 ${host}，或其证书缺少该域名。`,
      ),
      evidence: [words(`names in the certificate: ${names}`, `证书中的域名：${names}`), ...chainEvidence(facts)],
      fix,
      letter: tlsLetter(
        ctx,
        facts,
        words(
          `connections to ${host} (${address}) get a certificate for ${names}. Please let them through to the real host, or correct the DNS entry.`,
          `到 ${host}（${address}）的连接得到的是 ${names} 的证书。请放行到真正的主机，或更正 DNS 记录。`,
        ),
      ),
      explains: BEHIND_TLS,
    };
  },
};

/** Dates, names, clock. */
export const TLS_CERTIFICATE_RULES: readonly Rule[] = [
  clockWrong,
  datesRule("TLS_EXPIRED", true),
  datesRule("TLS_NOT_YET_VALID", false),
  wrongName,
];
