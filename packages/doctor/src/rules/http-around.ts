// Rules about what stands around the line: our own gateway, other hosts, the clock.

import type { HostFacts } from "../facts/http.ts";
import type { Fix, Rule } from "../finding.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";

/** From here on a clock spoils signatures and sign-ins, milliseconds. */
const LIMIT_MS = 300_000;
/** Below this nothing is worth a word, milliseconds. */
const TRIFLE_MS = 60_000;

const SET_CLOCK: readonly Fix[] = [
  {
    os: "linux",
    shell: "sh",
    commands: ["sudo timedatectl set-ntp true"],
    note: { en: "Lets the clock be set over the network.", zh: "启用网络校时。" },
  },
  {
    os: "macos",
    shell: "sh",
    commands: ["sudo sntp -sS time.apple.com"],
    note: {
      en: 'Sets the clock now; switch "Set time automatically" on as well.',
      zh: "立即校时；同时请打开“自动设置时间”。",
    },
  },
  {
    os: "windows",
    shell: "powershell",
    commands: ["w32tm /resync"],
    note: { en: "In a shell with administrator rights.", zh: "需要管理员权限。" },
  },
];

/** The rules. */
export const HTTP_AROUND_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "HTTP_GATEWAY_FAULT",
      layer: "http",
      severity: "error",
      title: { en: "The gateway fails; past it the API answers", zh: "经过网关失败，绕过网关则 API 有响应" },
      meaning: {
        en: "The same machine reaches the API past the gateway, so the network is sound: the gateway's own way out, its configuration or the gateway itself is at fault.",
        zh: "同一台机器绕过网关可以访问 API，说明网络正常：问题在于网关自身的出口、配置或网关本身。",
      },
      advice: {
        en: "Look into the gateway's log and its /readyz; check its upstreams and the proxy settings of its process.",
        zh: "请查看网关日志及其 /readyz，并检查它的上游以及该进程的代理设置。",
      },
      sources: [PAGES.protocol],
      says: [/all upstreams failed/i, /upstream unreachable/i],
    },
    (facts, ctx) => {
      const past = facts["http.past"];
      if (past === undefined || !past.past.ok) return undefined;
      const { through } = past;
      const ill = through.status === undefined || (through.status >= 500 && through.author !== "anthropic-api");
      if (!ill) return undefined;
      const ready =
        past.ready === undefined
          ? []
          : [
              {
                en: `the gateway calls itself ${past.ready ? "ready" : "not ready"}`,
                zh: `网关自报状态：${past.ready ? "就绪" : "未就绪"}`,
              },
            ];
      return {
        by: [through],
        evidence: [
          {
            en: `${past.past.url} answers past the gateway in ${past.past.ms} ms`,
            zh: `绕过网关，${past.past.url} 在 ${past.past.ms} 毫秒内响应`,
          },
          ...ready,
        ],
        fix: [
          advise(`Look at what the gateway says about its upstreams.`, `查看网关对其上游的说明。`, [
            `curl -s ${ctx.target.url.origin}/readyz`,
          ]),
          ...(past.fairlead === true
            ? [
                advise(
                  "Check its configuration; it names the line and the fix.",
                  "检查其配置；会指出具体行和修正方法。",
                  ["fairlead config check"],
                ),
              ]
            : []),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_GATEWAY_UPSTREAM",
      layer: "http",
      severity: "error",
      title: { en: "Neither the gateway nor this machine reaches the API", zh: "网关和本机都无法访问 API" },
      meaning: {
        en: "The gateway answers, but cannot get through; past it this machine cannot either. The network that both use is at fault, not the gateway.",
        zh: "网关有响应，但无法到达上游；绕过网关，本机同样不行。问题在于二者共用的网络，而不是网关。",
      },
      advice: {
        en: "Examine the API itself from the machine that the gateway runs on.",
        zh: "请在运行网关的机器上直接检查 API。",
      },
      sources: [PAGES.protocol],
    },
    (facts) => {
      const past = facts["http.past"];
      if (past === undefined || past.past.ok) return undefined;
      const { through } = past;
      if (through.status !== undefined && (through.status < 500 || through.author === "anthropic-api"))
        return undefined;
      return {
        by: [through],
        confidence: 0.8,
        evidence: [
          {
            en: `${past.past.url} past the gateway: ${past.past.error}`,
            zh: `绕过网关访问 ${past.past.url}：${past.past.error}`,
          },
        ],
        fix: [
          advise(
            "Examine the line to the API itself, on the machine of the gateway:",
            "请在网关所在机器上检查到 API 的线路：",
            ["fairlead doctor --target anthropic"],
          ),
        ],
      };
    },
  ),
  {
    code: "HTTP_HOST_BLOCKED",
    layer: "http",
    severity: "error",
    title: {
      en: "The API is reachable, but another host that Claude Code needs is not",
      zh: "API 可达，但 Claude Code 需要的另一台主机不可达",
    },
    meaning: {
      en: "An allow list lets api.anthropic.com through and forgets the others: signing in, renewing tokens and the first start go to platform.claude.com and claude.ai.",
      zh: "白名单放行了 api.anthropic.com，却漏掉了其他主机：登录、刷新令牌和首次启动都要访问 platform.claude.com 与 claude.ai。",
    },
    advice: { en: "Have all hosts of the list in the documents allowed.", zh: "请让管理员放行文档列出的全部主机。" },
    sources: [
      PAGES.network,
      "https://github.com/anthropics/claude-code/issues/27306",
      "https://github.com/anthropics/claude-code/issues/36998",
    ],
    says: [/Unable to connect to Anthropic services/i, /Waiting for localhost/i],
    yieldsTo: [
      "DNS_TIMEOUT",
      "DNS_REFUSED",
      "DNS_SERVFAIL",
      "DNS_NO_SERVER",
      "TCP_V6_BROKEN",
      "ENV_FIRST_RUN_NEEDS_ANTHROPIC",
    ],
    match(facts, ctx) {
      const hosts = facts["http.hosts"]?.hosts ?? [];
      const bad = hosts.filter(({ ok }) => !ok);
      if (bad.length === 0 || facts["http.hello"]?.speaksApi !== true) return undefined;
      const required = bad.filter((one) => one.required);
      const { environment } = ctx;
      // With a credential of its own the program goes on; a login can neither be made nor renewed.
      const signsIn = environment.credentials.length === 0 && environment.keyHelper === undefined;
      const platform = required.some(({ host }) => host === "platform.claude.com");
      const severity = required.length > 0 && signsIn ? "error" : platform ? "warning" : "info";
      const names = bad.map(({ host }) => host).join(", ");
      return {
        confidence: 0.9,
        severity,
        evidence: bad.map(hostEvidence),
        title: { en: `Blocked: ${names}`, zh: `被阻断：${names}` },
        why: {
          en: `The API itself answers, ${names} ${bad.length === 1 ? "does" : "do"} not: ${bad.map(({ host, what }) => `${host} is for ${what}`).join(", ")}.`,
          zh: `API 本身有响应，但 ${names} 没有。它们的用途：${bad.map(({ host, what }) => `${host}（${WHAT_ZH[what] ?? what}）`).join("，")}。`,
        },
        fix: [
          advise(
            `Ask the network administrator to allow ${names} at port 443; the letter below can be sent as it is.`,
            `请网络管理员放行 ${names} 的 443 端口；下面的说明文字可以直接发送。`,
          ),
        ],
        letter: {
          ask: {
            en: `Please allow HTTPS to ${names}. Claude Code needs them besides api.anthropic.com.`,
            zh: `请放行到 ${names} 的 HTTPS 访问。除 api.anthropic.com 外，Claude Code 还需要它们。`,
          },
          hosts: bad.map(({ host }) => `${host}:443`),
          seen: bad.map(({ host, at, error, via }) =>
            `${host}:443 ${via ?? ""} ${at ?? ""}: ${error ?? "?"}`.replace(/ +/g, " "),
          ),
        },
        explains: ["http.hosts"],
      };
    },
  },
  {
    code: "HTTP_CLOCK_SKEW",
    layer: "http",
    severity: "warning",
    title: { en: "This machine's clock is wrong", zh: "本机时钟不准" },
    meaning: {
      en: "The Date headers of the answers and the clock here differ. AWS refuses signatures from five minutes on; certificates and sign-ins suffer as well.",
      zh: "响应的 Date 头与本机时钟不一致。相差五分钟以上时 AWS 会拒绝签名，证书验证和登录也会受影响。",
    },
    advice: {
      en: "Let the clock be set over the network. In WSL and virtual machines it falls behind while the computer sleeps.",
      zh: "请启用网络校时。WSL 和虚拟机的时钟在休眠期间会变慢。",
    },
    sources: ["https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"],
    says: [/Signature expired/i, /RequestTimeTooSkewed/, /Signature not yet current/i],
    yieldsTo: ["TLS_CLOCK_WRONG", "AUTH_BEDROCK_SKEW"],
    match(facts, ctx) {
      const clock = facts["http.clock"];
      if (clock === undefined || Math.abs(clock.skewMs) < TRIFLE_MS) return undefined;
      const far = Math.abs(clock.skewMs) >= LIMIT_MS;
      const seconds = Math.round(Math.abs(clock.skewMs) / 1000);
      const side = clock.skewMs > 0 ? { en: "ahead", zh: "快" } : { en: "behind", zh: "慢" };
      return {
        confidence: clock.samples > 1 ? 0.95 : 0.8,
        severity: !far ? "info" : ctx.target.platform === "bedrock" ? "error" : "warning",
        evidence: [
          {
            en: `${clock.samples} answers: the clock here is ${seconds} s ${side.en}`,
            zh: `${clock.samples} 个响应：本机时钟${side.zh} ${seconds} 秒`,
          },
        ],
        title: { en: `This machine's clock is ${seconds} s ${side.en}`, zh: `本机时钟${side.zh} ${seconds} 秒` },
        why: this.meaning,
        fix: ctx.machine.wsl
          ? [
              {
                os: "linux",
                shell: "sh",
                commands: ["sudo hwclock -s"],
                note: { en: "Takes the time over from Windows.", zh: "从 Windows 同步时间。" },
              },
              ...SET_CLOCK,
            ]
          : SET_CLOCK,
        explains: ["http.clock", ...(ctx.target.platform === "bedrock" ? ["credentials.accepted"] : [])],
      };
    },
  },
];

const WHAT_ZH: { readonly [what: string]: string } = {
  "sign-in and token refresh": "登录与令牌刷新",
  "sign-in with a claude.ai account": "claude.ai 账号登录",
  "account pages": "账号页面",
  "installer and updates": "安装与更新",
  "claude.ai connectors": "claude.ai 连接器",
};

function hostEvidence({ host, at, error, via }: HostFacts["hosts"][number]) {
  const way = via === "proxy" ? { en: " through the proxy", zh: "（经代理）" } : { en: "", zh: "" };
  return {
    en: `${host}:443${way.en} fails at ${at}: ${error}`,
    zh: `${host}:443${way.zh} 在 ${at} 阶段失败：${error}`,
  };
}
