// Rules about faults of Claude Code that a newer version no longer has: told only where what triggers them is there too.

import type { Context } from "../context.ts";
import { compareVersions } from "../environment/client.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Rule, Severity } from "../finding.ts";
import type { Words } from "../words.ts";
import { DOCS, refused, seen } from "./environment-lint.ts";

interface KnownFault {
  readonly code: string;
  readonly severity: Severity;
  /** Versions that have it: from the first, up to but not including the second. */
  readonly versions: readonly (readonly [string, string])[];
  readonly title: Words;
  readonly meaning: Words;
  readonly sources: readonly string[];
  readonly says?: readonly RegExp[];
  readonly explains: readonly string[];
  /** What of the condition is there; undefined = it is not, and the fault does not show. */
  holds(ctx: Context, facts: Facts): readonly Evidence[] | undefined;
}

const FAULTS: readonly KnownFault[] = [
  {
    code: "ENV_CLAUDE_OUTDATED_CA_STORE",
    severity: "error",
    versions: [["1.0.0", "2.1.101"]],
    title: {
      en: "This Claude Code does not read the system's certificate store",
      zh: "该版本的 Claude Code 不读取系统证书库",
    },
    meaning: {
      en: "Up to 2.1.100 the native build trusts only the roots that it brings along. The certificate here is signed by a root that the operating system trusts and that build does not know.",
      zh: "2.1.100 及之前的原生版本只信任自带的根证书。这里的证书由操作系统信任、但该版本不认识的根签发。",
    },
    sources: ["https://github.com/anthropics/claude-code/issues/20194", DOCS.changelog],
    says: [/unable to get issuer certificate/i],
    explains: ["tls.handshake", "http.hello"],
    holds: (_ctx, facts) => {
      const trust = facts["tls.handshake"]?.trust;
      if (trust === undefined || trust.public || trust.extra || trust.system !== true) return undefined;
      const by = trust.inspector ?? trust.untrustedIssuer ?? "a private root";
      return [
        {
          en: `The certificate is trusted by the system's store, not by the public roots (${by}).`,
          zh: `该证书被系统证书库信任，但不被公共根信任（${by}）。`,
        },
      ];
    },
  },
  {
    code: "ENV_CLAUDE_OUTDATED_BEDROCK_TOKEN",
    severity: "error",
    versions: [["1.0.0", "2.1.101"]],
    title: {
      en: "This Claude Code overwrites Bedrock's signature with the gateway token",
      zh: "该版本的 Claude Code 会用网关令牌覆盖 Bedrock 签名",
    },
    meaning: {
      en: "Before 2.1.101 ANTHROPIC_AUTH_TOKEN or an Authorization in ANTHROPIC_CUSTOM_HEADERS replaced the SigV4 signature, and Bedrock answered 403.",
      zh: "2.1.101 之前，ANTHROPIC_AUTH_TOKEN 或 ANTHROPIC_CUSTOM_HEADERS 中的 Authorization 会替换 SigV4 签名，Bedrock 因此返回 403。",
    },
    sources: [DOCS.changelog],
    explains: ["credentials.accepted"],
    holds: ({ environment, target }) => {
      if (target.platform !== "bedrock") return undefined;
      const token = environment.variables.get("ANTHROPIC_AUTH_TOKEN")?.effective;
      if (token !== undefined && environment.value("ANTHROPIC_AUTH_TOKEN") !== "") return [seen(token)];
      const headers = environment.variables.get("ANTHROPIC_CUSTOM_HEADERS")?.effective;
      return headers !== undefined &&
        /^\s*authorization\s*:/im.test(environment.value("ANTHROPIC_CUSTOM_HEADERS") ?? "")
        ? [seen(headers)]
        : undefined;
    },
  },
  {
    code: "ENV_CLAUDE_OUTDATED_NO_PROXY",
    severity: "warning",
    versions: [
      ["2.1.23", "2.1.38"],
      ["2.1.83", "2.1.117"],
    ],
    title: { en: "This Claude Code misreads NO_PROXY", zh: "该版本的 Claude Code 对 NO_PROXY 处理有误" },
    meaning: {
      en: "Versions 2.1.23 to 2.1.37 and 2.1.83 to 2.1.116 had faults in NO_PROXY: a host on the list went through the proxy all the same.",
      zh: "2.1.23 至 2.1.37 以及 2.1.83 至 2.1.116 版本的 NO_PROXY 存在缺陷：列表中的主机仍会经过代理。",
    },
    sources: [DOCS.changelog],
    explains: [],
    holds: ({ environment, target }) => {
      const decision = environment.proxyFor(target.url);
      return decision.use === "direct" && decision.why === "no-proxy" && decision.by !== undefined
        ? [seen(decision.by)]
        : undefined;
    },
  },
  {
    code: "ENV_CLAUDE_OUTDATED_HTTPS_PROXY",
    severity: "warning",
    versions: [["1.0.0", "2.1.222"]],
    title: {
      en: "This Claude Code can hang at its start behind an https:// proxy",
      zh: "该版本的 Claude Code 在 https:// 代理后启动时可能卡住",
    },
    meaning: {
      en: 'Before 2.1.222 the check at the start used another transport without a time limit and stopped at "Checking connectivity..." when the proxy\'s URL began with https://.',
      zh: "2.1.222 之前，启动检查使用另一种没有超时的传输方式；当代理地址以 https:// 开头时会停在 “Checking connectivity...”。",
    },
    sources: [DOCS.errors, DOCS.changelog],
    says: [/Checking connectivity/i],
    explains: [],
    holds: ({ environment, target }) => {
      const decision = environment.proxyFor(target.url);
      return decision.use === "proxy" && decision.proxy.scheme === "https" ? [seen(decision.proxy.from)] : undefined;
    },
  },
  {
    code: "ENV_CLAUDE_OUTDATED_BEDROCK_SSO",
    severity: "warning",
    versions: [["1.0.0", "2.1.239"]],
    title: {
      en: "This Claude Code looks for AWS credentials past the proxy",
      zh: "该版本的 Claude Code 获取 AWS 凭据时不走代理",
    },
    meaning: {
      en: "Before 2.1.239 the check of SSO credentials for Bedrock ignored HTTPS_PROXY; where only the proxy leads out, the start hangs.",
      zh: "2.1.239 之前，Bedrock 的 SSO 凭据检查会忽略 HTTPS_PROXY；在只能通过代理出网的环境中，启动会卡住。",
    },
    sources: [DOCS.changelog],
    explains: [],
    holds: ({ environment, target, machine }) => {
      const decision = environment.proxyFor(target.url);
      if (target.platform !== "bedrock" || decision.use !== "proxy") return undefined;
      const config = machine.readText(`${machine.home}/.aws/config`) ?? "";
      return /^\s*sso_(?:session|start_url)\s*=/m.test(config)
        ? [seen(decision.proxy.from), { en: "~/.aws/config uses SSO.", zh: "~/.aws/config 使用 SSO。" }]
        : undefined;
    },
  },
  {
    code: "ENV_CLAUDE_OUTDATED_GATEWAY_PINGS",
    severity: "warning",
    versions: [["1.0.0", "2.1.222"]],
    title: {
      en: "This Claude Code gives up long answers of a gateway",
      zh: "该版本的 Claude Code 会过早放弃网关的长应答",
    },
    meaning: {
      en: "Before 2.1.222 pings of a gateway did not count as signs of life, so a long thinking pause ended the request.",
      zh: "2.1.222 之前，网关发送的 ping 不被视为连接存活，长时间思考会导致请求被中止。",
    },
    sources: [DOCS.changelog],
    explains: [],
    holds: ({ target }) =>
      target.platform === "custom" && target.from !== undefined ? [seen(target.from)] : undefined,
  },
  {
    code: "ENV_CLAUDE_OUTDATED_STALE_SOCKET",
    severity: "info",
    versions: [["1.0.0", "2.1.214"]],
    title: { en: "This Claude Code retries on dead connections", zh: "该版本的 Claude Code 会在失效的连接上重试" },
    meaning: {
      en: "Before 2.1.214 retries after a pause could go out on the same dead connection; a new session worked at once.",
      zh: "2.1.214 之前，空闲之后的重试可能仍使用同一条失效连接；新开会话则立即正常。",
    },
    sources: ["https://github.com/anthropics/claude-code/issues/23081", DOCS.changelog],
    says: [/Socket is closed/i],
    explains: [],
    holds: () => [],
  },
];

/** One rule for each. */
export const VERSION_RULES: readonly Rule[] = FAULTS.map((fault) => ({
  code: fault.code,
  layer: "environment",
  severity: fault.severity,
  title: fault.title,
  meaning: fault.meaning,
  advice: { en: "Update Claude Code: `claude update`.", zh: "请更新 Claude Code：`claude update`。" },
  sources: fault.sources,
  ...(fault.says === undefined ? {} : { says: fault.says }),
  match: (facts, ctx) => {
    const { client, clientVersion, clientVersionFrom = "" } = ctx.environment;
    if (client !== "claude-code" || clientVersion === undefined) return undefined;
    const has = fault.versions.some(
      ([from, until]) => compareVersions(clientVersion, from) >= 0 && compareVersions(clientVersion, until) < 0,
    );
    const evidence = has ? fault.holds(ctx, facts) : undefined;
    if (evidence === undefined) return undefined;
    const version = {
      en: `Claude Code ${clientVersion} is installed (${clientVersionFrom}).`,
      zh: `已安装 Claude Code ${clientVersion}（${clientVersionFrom}）。`,
    };
    return {
      confidence: fault.severity === "error" ? 0.85 : 0.9,
      severity:
        fault.code === "ENV_CLAUDE_OUTDATED_BEDROCK_TOKEN" &&
        facts["credentials.accepted"]?.accepted === true &&
        !refused(facts)
          ? "warning"
          : fault.severity,
      evidence: [version, ...evidence],
      title: fault.title,
      why: fault.meaning,
      fix: [update(clientVersionFrom)],
      explains: fault.explains,
    };
  },
}));

function update(from: string): Fix {
  const npm = from.includes("node_modules");
  return {
    os: "any",
    shell: "any",
    commands: [npm ? "npm install -g @anthropic-ai/claude-code@latest" : "claude update"],
    note: { en: "Then start Claude Code again.", zh: "然后重新启动 Claude Code。" },
  };
}
