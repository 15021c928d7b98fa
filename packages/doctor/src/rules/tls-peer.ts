// Rules about what the far end is and wants: another protocol, an old version, a client certificate.

import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import {
  BEHIND_TLS,
  commonError,
  comparison,
  place,
  programName,
  shakeEvidence,
  tlsLetter,
  words,
} from "./tls-reading.ts";

const NETWORK = "https://code.claude.com/docs/en/network-config";

function advise(en: string, zh: string, commands: readonly string[] = []): Fix {
  return { os: "any", shell: commands.length > 0 ? "sh" : "any", commands, note: words(en, zh) };
}

const notTls: Rule = {
  code: "TLS_NOT_TLS",
  layer: "tls",
  severity: "error",
  title: words("That port does not speak TLS", "该端口不使用 TLS"),
  meaning: words(
    "The address begins with https://, and what listens there answers in clear: a gateway or a local tool that wants http://, or the wrong port.",
    "地址以 https:// 开头，但该端口以明文应答：网关或本机工具需要 http://，或者端口写错了。",
  ),
  advice: words(
    "Write http:// for a server on this machine, or use the port that speaks TLS.",
    "若服务器在本机，改写为 http://；否则使用支持 TLS 的端口。",
  ),
  sources: ["https://github.com/encode/httpx/issues/951", "https://github.com/psf/requests/issues/5843"],
  says: [/WRONG_VERSION_NUMBER|wrong version number/i, /ERR_SSL_PACKET_LENGTH_TOO_LONG|packet length too long/i],
  match(facts, ctx) {
    if (facts["tls.handshake"]?.via !== "direct") return undefined;
    const plain = facts["tls.handshake"]?.plain;
    // A server with TLS answers a request in clear, if at all, with 400.
    const http = plain !== undefined && /^HTTP\/\S+ (?!400)/.test(plain);
    const broken =
      commonError(facts, /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/) ??
      (http ? commonError(facts, /ECONNRESET|CLOSED|EPIPE/) : undefined);
    if (broken === undefined) return undefined;
    const { target } = ctx;
    const url = target.url.href.replace(/^https:/, "http:").replace(/\/$/, "");
    const fix: Fix[] = target.official
      ? [
          advise(
            `${target.host} always speaks TLS on port ${target.port}: something on the way answers in its place. Look for a sign-in page (http://neverssl.com/), a VPN or a local proxy.`,
            `${target.host} 在端口 ${target.port} 始终使用 TLS：说明途中有东西在代答。检查网络登录页（http://neverssl.com/）、VPN 或本机代理。`,
          ),
        ]
      : [
          advise(
            `Write the address with http:// if that server is on this machine or in a network that you trust: ${url}`,
            `如果该服务器在本机或可信网络中，把地址改为 http://：${url}`,
            [`export ${target.from?.name ?? "ANTHROPIC_BASE_URL"}=${url}`],
          ),
          advise(
            "If it is reached over a network, have TLS set up on the server instead, or use its TLS port.",
            "如果要跨网络访问，请在服务器上启用 TLS，或使用其 TLS 端口。",
          ),
        ];
    return {
      confidence: http ? 0.97 : 0.85,
      title: words(
        `${place(ctx)} answers ${http ? "plain HTTP" : "something that is no TLS"}, and the address says https://`,
        `${place(ctx)} 返回的是${http ? "明文 HTTP" : "非 TLS 数据"}，而地址写的是 https://`,
      ),
      why: words(
        `The TLS handshake got no TLS back (${broken.error})${http ? ", a request in clear gets an answer" : ""}.`,
        `对 TLS 握手没有返回 TLS 数据（${broken.error}）${http ? "，而明文请求有应答" : ""}。`,
      ),
      evidence: [
        shakeEvidence(broken),
        ...(plain === undefined
          ? []
          : [words(`a request in clear to the same port: ${plain}`, `向同一端口发送明文请求得到：${plain}`)]),
      ],
      fix,
      explains: BEHIND_TLS,
    };
  },
};

const oldVersion: Rule = {
  code: "TLS_OLD_VERSION",
  layer: "tls",
  severity: "error",
  title: words("The far end speaks no TLS newer than 1.1", "对端最高只支持 TLS 1.1"),
  meaning: words(
    "Every program of today asks for TLS 1.2 at least. An old server, proxy or inspecting box does not have it.",
    "如今的程序都至少要求 TLS 1.2，而旧的服务器、代理或检查设备不支持。",
  ),
  advice: words(
    "The server or the box has to be updated. Lowering the program's demands is no way out.",
    "需要升级服务器或设备。降低程序的要求不是办法。",
  ),
  sources: ["https://www.rfc-editor.org/rfc/rfc8996"],
  says: [/UNSUPPORTED_PROTOCOL|unsupported protocol/i, /TLSV1_ALERT_PROTOCOL_VERSION|alert protocol version/i],
  match(facts, ctx) {
    const broken = commonError(facts, /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|WRONG_SSL_VERSION|VERSION_TOO_LOW/);
    if (broken === undefined) return undefined;
    const { host, official } = ctx.target;
    return {
      confidence: 0.93,
      title: words(`${host} speaks no TLS that is new enough`, `${host} 支持的 TLS 版本过旧`),
      why: words(
        `The handshake ended with ${broken.error}: the far end has neither TLS 1.2 nor 1.3.${official ? " The real service has both, so something on the way answers for it." : ""}`,
        `握手以 ${broken.error} 结束：对端既不支持 TLS 1.2 也不支持 1.3。${official ? "真正的服务两者都支持，说明途中有设备代答。" : ""}`,
      ),
      evidence: [shakeEvidence(broken)],
      fix: [
        official
          ? advise(
              "Ask your network's administrator to update the inspecting device or to exempt the host.",
              "请网络管理员升级检查设备或对该主机豁免检查。",
            )
          : advise(
              `Switch TLS 1.2 and 1.3 on at ${host}. With nginx: ssl_protocols TLSv1.2 TLSv1.3;`,
              `在 ${host} 上启用 TLS 1.2 与 1.3。nginx：ssl_protocols TLSv1.2 TLSv1.3;`,
            ),
      ],
      letter: tlsLetter(
        ctx,
        facts,
        words(
          "connections to this host get no TLS 1.2 or 1.3. Please update what answers there.",
          "到该主机的连接无法使用 TLS 1.2 或 1.3，请升级应答的设备。",
        ),
      ),
      explains: BEHIND_TLS,
    };
  },
};

/** Alerts by which a server says that it wants a certificate, or not this one (RFC 8446 section 6.2). */
const WANTS_CERTIFICATE = /ALERT_CERTIFICATE_REQUIRED|certificate required|No required SSL certificate was sent/i;
const REFUSES_CERTIFICATE =
  /ALERT_(?:BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_(?:EXPIRED|UNKNOWN|REVOKED)|UNSUPPORTED_CERTIFICATE)|The SSL certificate error/i;

// With TLS 1.3 the server looks at the client's certificate after the client's handshake is done: the refusal comes with the first answer.
function clientCertificateWord(facts: Facts, pattern: RegExp): string | undefined {
  const shaken = commonError(facts, pattern)?.error;
  if (shaken !== undefined) return shaken;
  for (const { error = "", bodyStart = "" } of facts["http.hello"]?.exchanges ?? []) {
    const found = pattern.exec(error) ?? pattern.exec(bodyStart);
    if (found !== null) return found[0];
  }
  return undefined;
}

const certificateRequired: Rule = {
  code: "TLS_CLIENT_CERT_REQUIRED",
  layer: "tls",
  severity: "error",
  title: words("The server wants a client certificate", "服务器要求客户端证书"),
  meaning: words(
    "A gateway with mutual TLS lets in only programs that show a certificate of their own.",
    "启用双向 TLS 的网关只允许出示自身证书的程序接入。",
  ),
  advice: words(
    "Claude Code: CLAUDE_CODE_CLIENT_CERT and CLAUDE_CODE_CLIENT_KEY. Other programs: their own option for a client certificate.",
    "Claude Code：设置 CLAUDE_CODE_CLIENT_CERT 与 CLAUDE_CODE_CLIENT_KEY。其他程序：使用各自的客户端证书选项。",
  ),
  sources: [NETWORK],
  says: [WANTS_CERTIFICATE],
  match(facts, ctx) {
    const word = clientCertificateWord(facts, WANTS_CERTIFICATE);
    if (word === undefined) return undefined;
    const shown = facts["tls.handshake"]?.clientCertificate;
    const claude = ctx.environment.client === "claude-code";
    const { home } = ctx.machine;
    const set = words(
      "Get a client certificate and its key (PEM) from whoever runs the gateway, then name both files.",
      "向网关管理方索取客户端证书及其私钥（PEM），然后指定两个文件。",
    );
    const commands = claude
      ? [`export CLAUDE_CODE_CLIENT_CERT="${home}/client.pem"`, `export CLAUDE_CODE_CLIENT_KEY="${home}/client.key"`]
      : [`curl --cert "${home}/client.pem" --key "${home}/client.key" ${ctx.target.url.origin}/`];
    return {
      confidence: 0.95,
      title: words(
        `${ctx.target.host} wants a client certificate, and ${programName(ctx.environment.client)} shows none`,
        `${ctx.target.host} 要求客户端证书，而 ${programName(ctx.environment.client)} 没有出示`,
      ),
      why: words(
        `The server ended the connection with: ${word}.${shown?.problem === undefined ? "" : ` The certificate that is configured (${shown.path}) cannot be used: ${shown.problem}.`}`,
        `服务器以如下理由结束连接：${word}。${shown?.problem === undefined ? "" : `已配置的证书（${shown.path}）无法使用：${shown.problem}。`}`,
      ),
      evidence: comparison(facts),
      fix: [{ os: "any", shell: "sh", commands, note: set }],
      letter: tlsLetter(
        ctx,
        facts,
        words(
          "this gateway wants a client certificate. Please hand me one with its key.",
          "该网关要求客户端证书，请提供证书与私钥。",
        ),
      ),
      explains: BEHIND_TLS,
    };
  },
};

const certificateRefused: Rule = {
  code: "TLS_CLIENT_CERT_REFUSED",
  layer: "tls",
  severity: "error",
  title: words("The server refuses the client certificate", "服务器拒绝了客户端证书"),
  meaning: words(
    "A certificate was shown, but it is expired, of another authority, or not the kind that is asked for.",
    "已出示证书，但它已过期、来自其他 CA，或类型不符。",
  ),
  advice: words("Ask whoever runs the gateway for a new one.", "向网关管理方申请新证书。"),
  sources: [NETWORK],
  match(facts, ctx) {
    const shown = facts["tls.handshake"]?.clientCertificate;
    const word = shown === undefined ? undefined : clientCertificateWord(facts, REFUSES_CERTIFICATE);
    if (word === undefined || shown === undefined) return undefined;
    return {
      confidence: 0.9,
      title: words(
        `${ctx.target.host} refuses the client certificate ${shown.path}`,
        `${ctx.target.host} 拒绝了客户端证书 ${shown.path}`,
      ),
      why: words(`The server ended the connection with: ${word}.`, `服务器以如下理由结束连接：${word}。`),
      evidence: comparison(facts),
      fix: [
        advise(
          "See its dates and its issuer; a new one comes from whoever runs the gateway.",
          "查看其有效期与签发者；新证书需向网关管理方申请。",
          [`openssl x509 -in "${shown.path}" -noout -subject -issuer -dates`],
        ),
      ],
      explains: BEHIND_TLS,
    };
  },
};

const PROBLEMS: { readonly [problem: string]: readonly [string, string] } = {
  "certificate-unreadable": ["the certificate file cannot be read", "证书文件无法读取"],
  "key-unreadable": ["the key file cannot be read", "私钥文件无法读取"],
  "key-mismatch": ["the key does not belong to the certificate", "私钥与证书不匹配"],
  passphrase: ["the key is encrypted, and the passphrase is missing or wrong", "私钥已加密，而口令缺失或错误"],
  unusable: ["the files hold no usable certificate and key", "文件中没有可用的证书与私钥"],
};

const certificateFile: Rule = {
  code: "TLS_CLIENT_CERT_UNUSABLE",
  layer: "tls",
  severity: "warning",
  title: words("The configured client certificate cannot be used", "已配置的客户端证书无法使用"),
  meaning: words(
    "CLAUDE_CODE_CLIENT_CERT or CLAUDE_CODE_CLIENT_KEY names a file that is missing, does not fit, or is locked.",
    "CLAUDE_CODE_CLIENT_CERT 或 CLAUDE_CODE_CLIENT_KEY 指定的文件缺失、不匹配或被加密。",
  ),
  advice: words(
    "Correct the paths; for an encrypted key set CLAUDE_CODE_CLIENT_KEY_PASSPHRASE.",
    "更正路径；若私钥已加密，设置 CLAUDE_CODE_CLIENT_KEY_PASSPHRASE。",
  ),
  sources: [NETWORK],
  match(facts) {
    const shown = facts["tls.handshake"]?.clientCertificate;
    if (shown?.problem === undefined) return undefined;
    const [en, zh] = PROBLEMS[shown.problem] ?? [shown.problem, shown.problem];
    return {
      confidence: 0.9,
      title: words(
        `The client certificate ${shown.path} cannot be used: ${en}`,
        `客户端证书 ${shown.path} 无法使用：${zh}`,
      ),
      why: words(`CLAUDE_CODE_CLIENT_CERT is set, but ${en}.`, `已设置 CLAUDE_CODE_CLIENT_CERT，但${zh}。`),
      evidence: [],
      fix: [
        advise(
          "See whether both files are there and belong together: the two lines must be equal.",
          "检查两个文件是否存在且匹配：两行输出必须相同。",
          [
            `openssl x509 -in "${shown.path}" -noout -pubkey | openssl sha256`,
            'openssl pkey -in "$CLAUDE_CODE_CLIENT_KEY" -pubout | openssl sha256',
          ],
        ),
      ],
      explains: [],
    };
  },
};

const refused: Rule = {
  code: "TLS_HANDSHAKE_REFUSED",
  layer: "tls",
  severity: "error",
  title: words("The server refuses the handshake", "服务器拒绝握手"),
  meaning: words(
    "It answered with an alert: it does not serve that name, shares no cipher with the program, or wants a client certificate.",
    "服务器返回了警报：它不提供该域名、与程序没有共同的加密套件，或要求客户端证书。",
  ),
  advice: words(
    "Check the host name in the base URL first: a CDN refuses names that it does not know.",
    "先检查 base URL 中的主机名：CDN 会拒绝不认识的域名。",
  ),
  sources: ["https://www.rfc-editor.org/rfc/rfc8446#section-6.2"],
  says: [/ERR_SSL_(?:SSLV3|TLSV1)_ALERT_\w+|EPROTO.*alert/i, /sslv3 alert handshake failure|tlsv1 unrecognized name/i],
  yieldsTo: ["TLS_CLIENT_CERT_REQUIRED", "TLS_CLIENT_CERT_REFUSED", "TLS_OLD_VERSION", "TLS_SNI_RESET"],
  match(facts, ctx) {
    const broken = commonError(facts, /ALERT|HANDSHAKE_FAILURE|UNRECOGNIZED_NAME/);
    if (broken === undefined) return undefined;
    const { host } = ctx.target;
    return {
      confidence: 0.75,
      title: words(`${host} refuses the handshake: ${broken.error}`, `${host} 拒绝握手：${broken.error}`),
      why: words(
        ctx.target.official
          ? "What answers there ends the handshake with an alert, which the real service does not do."
          : `The server answers with an alert. Most often it does not serve the name "${broken.servername}", or it wants a client certificate.`,
        ctx.target.official
          ? "在那里应答的一方以警报结束握手，而真正的服务不会这样做。"
          : `服务器返回警报。最常见的原因是它不提供 “${broken.servername}” 这个域名，或要求客户端证书。`,
      ),
      evidence: comparison(facts),
      fix: ctx.target.official
        ? [
            advise(
              `${host} itself refuses no handshake of a present-day program: something on the way answers for it. Switch off VPN, local proxy and antivirus one by one, compare with another network, and send the letter to whoever runs this one.`,
              `${host} 本身不会拒绝如今程序的握手：途中有设备在代答。请逐个关闭 VPN、本机代理与杀毒软件，换一个网络对比，并把说明发给此网络的管理者。`,
            ),
          ]
        : [
            advise(
              `Compare the host name of the base URL letter by letter with what the operator gave: ${host}.`,
              `逐字核对 base URL 中的主机名与服务方提供的是否一致：${host}。`,
            ),
            advise(
              "If the operator asks for mutual TLS: name a client certificate.",
              "如果服务方要求双向 TLS：指定客户端证书。",
              ['export CLAUDE_CODE_CLIENT_CERT="$HOME/client.pem"', 'export CLAUDE_CODE_CLIENT_KEY="$HOME/client.key"'],
            ),
          ],
      letter: tlsLetter(
        ctx,
        facts,
        words("the server refuses our TLS handshake with an alert.", "服务器以警报拒绝了我们的 TLS 握手。"),
      ),
      explains: BEHIND_TLS,
    };
  },
};

/** What the far end is, and what it wants. */
export const TLS_PEER_RULES: readonly Rule[] = [
  notTls,
  oldVersion,
  certificateRequired,
  certificateRefused,
  certificateFile,
  refused,
];
