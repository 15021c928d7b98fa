// Rules about who signed the certificate: inspection products, private authorities, incomplete chains.

import type { Context } from "../context.ts";
import { quoted } from "../environment/setting-fix.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { INSPECTORS } from "../trust/inspectors.ts";
import { verifiesNothing } from "../trust/stores.ts";
import { useFile, useSystemStore } from "./root-fixes.ts";
import {
  BEHIND_TLS,
  certificateSeverity,
  chainEvidence,
  place,
  programName,
  tlsLetter,
  trustOf,
  words,
} from "./tls-reading.ts";

const NETWORK = "https://code.claude.com/docs/en/network-config";

/** Texts of Node, Bun, Python, Go and curl for a chain whose root they do not know. */
const UNKNOWN_ROOT = [
  /SELF_SIGNED_CERT_IN_CHAIN|self[- ]signed certificate in certificate chain/i,
  /UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|unable to get (?:local )?issuer certificate/i,
  /CERTIFICATE_VERIFY_FAILED/,
  /UNKNOWN_CERTIFICATE_VERIFICATION_ERROR/,
];

/** Somebody on the way makes up certificates, and the program does not accept them. */
function intercepted(facts: Facts, ctx: Context): boolean {
  const trust = trustOf(facts);
  if (trust === undefined || trust.public || trust.incomplete) return false;
  return (
    trust.inspector !== undefined ||
    (ctx.target.official && !trust.selfSigned) ||
    (ctx.target.official && trust.system === true)
  );
}

/** How the trust of a made-up or private certificate is set up here. */
function trustFix(facts: Facts, ctx: Context): readonly Fix[] {
  const trust = trustOf(facts);
  if (trust?.system === true) return useSystemStore(ctx);
  return useFile(ctx, trust?.untrustedIssuer ?? "?");
}

const untrusted: Rule = {
  code: "TLS_INTERCEPTED_UNTRUSTED",
  layer: "tls",
  severity: "error",
  title: words(
    "A TLS inspection product replaces the certificate, and the program does not trust it",
    "TLS 检查产品替换了证书，而程序不信任它",
  ),
  meaning: words(
    "A company proxy, firewall or antivirus opens the encrypted connection and signs it anew with an authority of its own. Browsers know that authority from the operating system's store; many programs only know the public ones.",
    "公司代理、防火墙或杀毒软件会解开加密连接，再用自己的 CA 重新签名。浏览器通过系统证书库认识该 CA，而许多程序只认公共 CA。",
  ),
  advice: words(
    "Make the program trust that authority: NODE_USE_SYSTEM_CA=1 when the system's store holds it (Claude Code from 2.1.101 reads it by itself), else NODE_EXTRA_CA_CERTS with its PEM file; for Python truststore or SSL_CERT_FILE. Never switch verification off.",
    "让程序信任该 CA：若系统证书库已有，设置 NODE_USE_SYSTEM_CA=1（Claude Code 2.1.101 起会自行读取）；否则用 NODE_EXTRA_CA_CERTS 指定其 PEM 文件；Python 用 truststore 或 SSL_CERT_FILE。切勿关闭证书校验。",
  ),
  sources: [
    NETWORK,
    "https://github.com/anthropics/claude-code/issues/2855",
    "https://github.com/anthropics/claude-code/issues/20194",
    "https://nodejs.org/api/cli.html#node_use_system_ca1",
  ],
  says: UNKNOWN_ROOT,
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust === undefined || trust.program || !intercepted(facts, ctx) || trust.error === undefined) return undefined;
    // A root that the program trusts, and yet not accepted: dates or name, which other rules tell.
    if (trust.untrustedIssuer === undefined) return undefined;
    const who = trust.inspector ?? trust.untrustedIssuer;
    const program = programName(ctx.environment.client);
    const what = INSPECTORS.find(({ name }) => name === trust.inspector)?.what;
    const own: Fix[] =
      what === "debugger" || what === "antivirus"
        ? [
            {
              os: "any",
              shell: "any",
              commands: [],
              note: words(
                `Or close ${who}, or switch off its inspection of HTTPS for ${ctx.target.host}.`,
                `或者关闭 ${who}，或在其中对 ${ctx.target.host} 关闭 HTTPS 解密。`,
              ),
            },
          ]
        : [];
    return {
      confidence: trust.inspector === undefined ? 0.9 : 0.97,
      severity: certificateSeverity(ctx),
      title: words(
        `${who} intercepts the encrypted connection, and ${program} does not trust its certificate`,
        `${who} 正在拦截加密连接，而 ${program} 不信任其证书`,
      ),
      why: words(
        `${place(ctx)} shows a certificate that no public authority has signed but "${trust.untrustedIssuer}". ${verifiesNothing(ctx) ? `Once it verifies again, ${program}` : program} stops with ${trust.error}.${trust.system === true ? " The operating system's store holds that authority, so browsers work." : ""}`,
        `${place(ctx)} 出示的证书不是公共 CA 签发的，而是由 “${trust.untrustedIssuer}” 签发。${verifiesNothing(ctx) ? `恢复校验后，${program} 会` : `${program} `}因 ${trust.error} 中止。${trust.system === true ? "系统证书库中有该 CA，所以浏览器正常。" : ""}`,
      ),
      evidence: [
        ...chainEvidence(facts),
        trust.system === true
          ? words("the operating system's store holds its root", "系统证书库中有其根证书")
          : words("its root is in no store of this machine that could be read", "本机可读取的证书库中均无其根证书"),
      ],
      fix: [...trustFix(facts, ctx), ...own],
      // What the system trusts already needs nobody's help.
      ...(trust.system === true
        ? {}
        : {
            letter: tlsLetter(
              ctx,
              facts,
              words(
                `our TLS inspection (${who}) replaces the certificate of ${ctx.target.host}. Please hand me its root certificate as a PEM file, or exempt this host from inspection.`,
                `我们的 TLS 检查设备（${who}）替换了 ${ctx.target.host} 的证书。请提供其根证书的 PEM 文件，或对该主机豁免检查。`,
              ),
            ),
          }),
      explains: BEHIND_TLS,
    };
  },
};

const trusted: Rule = {
  code: "TLS_INTERCEPTED_TRUSTED",
  layer: "tls",
  severity: "info",
  title: words(
    "A TLS inspection product is on the line, and the program trusts it",
    "线路上有 TLS 检查产品，且程序信任它",
  ),
  meaning: words(
    "It works. Whoever runs that product can read what is sent, keys and prompts included.",
    "可以正常工作。但该产品的管理者能读到所发送的内容，包括密钥与提示词。",
  ),
  advice: words(
    "Nothing has to be done. Large or long answers may be held back by such a product: see the streaming layer.",
    "无需处理。此类产品可能会滞留较大或较长的应答，参见流式层。",
  ),
  sources: [NETWORK],
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust?.program !== true || trust.public) return undefined;
    if (trust.inspector === undefined && !ctx.target.official) return undefined;
    const issuer = facts["tls.handshake"]?.chain[0]?.issuer ?? "?";
    const who = trust.inspector ?? issuer;
    return {
      confidence: 0.95,
      title: words(
        `${who} inspects the encrypted connection; the program trusts it`,
        `${who} 正在检查加密连接；程序信任它`,
      ),
      why: words(
        `The certificate of ${place(ctx)} comes from ${issuer}, which this machine's owner trusts. That is no fault.`,
        `${place(ctx)} 的证书由 ${issuer} 签发，本机所有者信任它。这不是故障。`,
      ),
      evidence: chainEvidence(facts),
      fix: [],
      explains: [],
    };
  },
};

const incomplete: Rule = {
  code: "TLS_CHAIN_INCOMPLETE",
  layer: "tls",
  severity: "error",
  title: words("The server does not send its intermediate certificate", "服务器没有发送中间证书"),
  meaning: words(
    "The server shows its own certificate but not the one between it and the public root. Browsers fetch or remember it; Node, Bun, Python and curl do not.",
    "服务器只出示了自己的证书，没有附上它与公共根之间的中间证书。浏览器会自行获取或记住它，而 Node、Bun、Python 与 curl 不会。",
  ),
  advice: words(
    "On the server, serve the full chain (fullchain.pem), not only the leaf.",
    "在服务器上配置完整证书链（fullchain.pem），而不是只有叶证书。",
  ),
  sources: ["https://coderavo.com/?p=4078", "https://incomplete-chain.badssl.com/"],
  says: [/UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to verify the first certificate/i],
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust?.incomplete !== true || trust.program) return undefined;
    const top = facts["tls.handshake"]?.chain.at(-1);
    const missing = trust.untrustedIssuer ?? "?";
    const { host } = ctx.target;
    const note = words(
      `The operator of ${host} has to serve the full chain: its certificate followed by "${missing}". With nginx: ssl_certificate /path/fullchain.pem;`,
      `${host} 的运维方需要提供完整证书链：自身证书后接 “${missing}”。nginx 中：ssl_certificate /path/fullchain.pem;`,
    );
    const check = words(
      "Until then this fetches the missing certificate, and gives it to the program only when a public authority vouches for it (OK).",
      "在此之前，可用以下命令取得缺失的证书；仅当有公共 CA 为其担保（OK）时才提供给程序。",
    );
    const url = top?.issuerUrl;
    const file = `${ctx.machine.home}/intermediate.pem`;
    const commands =
      url === undefined
        ? []
        : [
            `curl -s ${quoted("sh", url)} | openssl x509 -inform der -out "${file}"`,
            `openssl verify "${file}" && export NODE_EXTRA_CA_CERTS="${file}"`,
          ];
    const node = ctx.environment.client === "node" || ctx.environment.client === "claude-code";
    return {
      confidence: url === undefined ? 0.8 : 0.9,
      severity: certificateSeverity(ctx),
      title: words(
        `${host} does not send its intermediate certificate "${missing}"`,
        `${host} 没有发送中间证书 “${missing}”`,
      ),
      why: words(
        `The chain ends at a certificate issued by "${missing}", which is no root, and the server does not show it. ${programName(ctx.environment.client)} cannot build the way to a public root: ${trust.error}.`,
        `证书链止于由 “${missing}” 签发的证书；它不是根证书，服务器也没有出示它。${programName(ctx.environment.client)} 无法连到公共根：${trust.error}。`,
      ),
      evidence: chainEvidence(facts),
      fix: [
        { os: "any", shell: "any", commands: [], note },
        ...(commands.length === 0 || !node ? [] : [{ os: "any", shell: "sh", commands, note: check } as const]),
      ],
      letter: tlsLetter(
        ctx,
        facts,
        words(
          `${host} serves its certificate without the intermediate "${missing}". Please install the full chain.`,
          `${host} 的证书缺少中间证书 “${missing}”，请安装完整证书链。`,
        ),
      ),
      explains: BEHIND_TLS,
    };
  },
};

const selfSigned: Rule = {
  code: "TLS_SELF_SIGNED",
  layer: "tls",
  severity: "error",
  title: words("The server shows a certificate that it signed itself", "服务器出示的是自签名证书"),
  meaning: words(
    "Nobody vouches for it. With a server of your own it has to be made known to the program; with a public service it means that somebody else answers in its place: a sign-in page of the network, a router, a local tool.",
    "没有任何机构为其担保。若是自己的服务器，需要让程序认识它；若是公共服务，则说明有别人在代答：网络登录页、路由器或本机工具。",
  ),
  advice: words(
    "For a server of your own: NODE_EXTRA_CA_CERTS with that certificate, or better one of a CA. For a public service: find out who answers.",
    "自己的服务器：用 NODE_EXTRA_CA_CERTS 指定该证书，最好改用 CA 签发的证书。公共服务：先查明是谁在应答。",
  ),
  sources: [NETWORK, "https://nodejs.org/api/tls.html#x509-certificate-error-codes"],
  says: [/DEPTH_ZERO_SELF_SIGNED_CERT|^(?!.*chain).*self[- ]signed certificate/i],
  yieldsTo: ["HTTP_CAPTIVE_PORTAL"],
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (
      trust === undefined ||
      trust.program ||
      !trust.selfSigned ||
      trust.inspector !== undefined ||
      trust.system === true
    )
      return undefined;
    if (trust.untrustedIssuer === undefined) return undefined;
    const { host, official } = ctx.target;
    const foreign = words(
      `${host} never uses such a certificate: something else answers in its place. Open http://neverssl.com/ in a browser (a network's sign-in page shows up there), switch off local proxies and VPNs one by one, and try another network. Do not send your key there.`,
      `${host} 不会使用这样的证书：是别的东西在代答。用浏览器打开 http://neverssl.com/（若网络需要登录会弹出登录页），逐个关闭本机代理与 VPN，再换一个网络试试。不要把密钥发过去。`,
    );
    return {
      confidence: 0.9,
      severity: certificateSeverity(ctx),
      title: words(`${host} shows a certificate that it signed itself`, `${host} 出示的是自签名证书`),
      why: words(
        `The certificate of ${place(ctx)} is signed by nobody but itself (${trust.error}).${official ? " The real service has one of a public authority." : ""}`,
        `${place(ctx)} 的证书只由它自己签名（${trust.error}）。${official ? "真正的服务使用公共 CA 签发的证书。" : ""}`,
      ),
      evidence: chainEvidence(facts),
      fix: official ? [{ os: "any", shell: "any", commands: [], note: foreign }] : useFile(ctx, host),
      ...(official
        ? {
            letter: tlsLetter(
              ctx,
              facts,
              words(
                `connections to ${host} end at something that shows a self-signed certificate. Please let them through.`,
                `到 ${host} 的连接被导向出示自签名证书的设备，请放行。`,
              ),
            ),
          }
        : {}),
      explains: BEHIND_TLS,
    };
  },
};

const privateCa: Rule = {
  code: "TLS_PRIVATE_CA",
  layer: "tls",
  severity: "error",
  title: words(
    "The gateway's certificate comes from a private authority that the program does not trust",
    "网关证书由私有 CA 签发，程序不信任它",
  ),
  meaning: words(
    "The address is a gateway of your company or your own, whose certificate is signed by an authority that only your organisation knows.",
    "该地址是公司或自己的网关，其证书由只有组织内部认识的 CA 签发。",
  ),
  advice: words(
    "Make the program trust that authority: NODE_EXTRA_CA_CERTS, the system's store, or SSL_CERT_FILE for Python.",
    "让程序信任该 CA：NODE_EXTRA_CA_CERTS、系统证书库，Python 用 SSL_CERT_FILE。",
  ),
  sources: [NETWORK],
  says: UNKNOWN_ROOT,
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust === undefined || trust.program || trust.public || trust.selfSigned || trust.incomplete) return undefined;
    if (ctx.target.official || trust.inspector !== undefined || trust.untrustedIssuer === undefined) return undefined;
    const program = programName(ctx.environment.client);
    return {
      confidence: 0.9,
      severity: certificateSeverity(ctx),
      title: words(
        `${program} does not trust "${trust.untrustedIssuer}", which signed the certificate of ${ctx.target.host}`,
        `${program} 不信任签发 ${ctx.target.host} 证书的 “${trust.untrustedIssuer}”`,
      ),
      why: words(
        `${place(ctx)} is no public service, and its certificate comes from an authority of its own. ${program} stops with ${trust.error}.${trust.system === true ? " The system's store holds that authority." : ""}`,
        `${place(ctx)} 不是公共服务，其证书由自有 CA 签发。${program} 因 ${trust.error} 中止。${trust.system === true ? "系统证书库中有该 CA。" : ""}`,
      ),
      evidence: chainEvidence(facts),
      fix: trustFix(facts, ctx),
      letter: tlsLetter(
        ctx,
        facts,
        words(
          `please hand me the root certificate "${trust.untrustedIssuer}" of ${ctx.target.host} as a PEM file.`,
          `请提供 ${ctx.target.host} 的根证书 “${trust.untrustedIssuer}” 的 PEM 文件。`,
        ),
      ),
      explains: BEHIND_TLS,
    };
  },
};

/** Whose certificate it is. */
export const TLS_TRUST_RULES: readonly Rule[] = [untrusted, trusted, incomplete, selfSigned, privateCa];
