// Rules about roots that are there and do not count: an old one, one in a file that is not read, a list that another replaced.

import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { FEW_ROOTS } from "../probes/env-roots.ts";
import { pemPath, setVariable, useFile, useSystemStore } from "./root-fixes.ts";
import { BEHIND_TLS, certificateSeverity, chainEvidence, programName, trustOf, words } from "./tls-reading.ts";

const NETWORK = "https://code.claude.com/docs/en/network-config";
const EXTRA = "https://nodejs.org/api/cli.html#node_extra_ca_certsfile";

function advise(en: string, zh: string, commands: readonly string[] = []): Fix {
  return { os: "any", shell: commands.length > 0 ? "sh" : "any", commands, note: words(en, zh) };
}

/** A certificate was refused for its root: then a file that cannot be used is what is to blame. */
function rootMissing(facts: Facts): boolean {
  const trust = trustOf(facts);
  return trust !== undefined && !trust.program && trust.untrustedIssuer !== undefined;
}

const stale: Rule = {
  code: "TLS_ROOTS_FILE_STALE",
  layer: "tls",
  severity: "error",
  title: words(
    "The file holds an authority of that name with another key: it was renewed",
    "文件中有同名 CA，但密钥不同：CA 已更换",
  ),
  meaning: words(
    "The inspection product or gateway got a new root or intermediate. The exported file still holds the old one, which did not sign what is shown today.",
    "检查产品或网关更换了根证书或中间证书，而导出的文件仍是旧的，并未签发如今出示的证书。",
  ),
  advice: words("Export the authority again and replace the file.", "重新导出该 CA 并替换文件。"),
  sources: [
    "https://github.com/jens-duttke/usage-monitor-for-claude/issues/85",
    "https://github.com/posit-dev/positron/issues/15875",
  ],
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust?.staleFile === undefined || trust.program) return undefined;
    const issuer = trust.untrustedIssuer ?? "?";
    return {
      confidence: 0.98,
      severity: certificateSeverity(ctx),
      title: words(
        `${trust.staleFile} holds an old "${issuer}": the authority has been renewed`,
        `${trust.staleFile} 中的 “${issuer}” 是旧的：该 CA 已更换`,
      ),
      why: words(
        "A certificate authority of the same name is in the file that the program trusts, but its key did not sign the certificate that is shown.",
        "程序信任的文件中有同名 CA，但其密钥并未签发所出示的证书。",
      ),
      evidence: chainEvidence(facts),
      fix: [
        advise(`Replace ${trust.staleFile} by the present certificate:`, `用当前证书替换 ${trust.staleFile}：`),
        ...useFile(ctx, issuer),
      ],
      explains: ["env.roots", ...BEHIND_TLS],
    };
  },
};

const rootless: Rule = {
  code: "TLS_ROOTS_FILE_NO_ROOT",
  layer: "tls",
  severity: "error",
  title: words(
    "The file holds the right intermediate, and not the root above it",
    "文件中有正确的中间证书，却没有其上的根证书",
  ),
  meaning: words(
    "Of the certificates of an inspection product or gateway only the one in the middle was exported. Node, Claude Code and most programs accept a chain only when its root is trusted; curl is content with the intermediate, and works.",
    "只导出了检查产品或网关的中间证书。Node、Claude Code 和多数程序只有在信任根证书时才接受证书链；curl 仅凭中间证书即可通过，所以正常。",
  ),
  advice: words(
    "Put the topmost certificate (the root, which has itself as its issuer) into the file as well.",
    "把最上层的证书（签发者为自身的根证书）也放进该文件。",
  ),
  sources: [EXTRA, NETWORK],
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust?.rootlessFile === undefined || trust.program || trust.untrustedIssuer === undefined) return undefined;
    return {
      confidence: 0.98,
      severity: certificateSeverity(ctx),
      title: words(
        `${trust.rootlessFile} holds an intermediate certificate, and not its root "${trust.untrustedIssuer}"`,
        `${trust.rootlessFile} 中只有中间证书，没有其根证书 “${trust.untrustedIssuer}”`,
      ),
      why: words(
        `An authority in that file did sign what is shown, but ${programName(ctx.environment.client)} wants the root at the end of the chain.`,
        `该文件中的 CA 确实签发了所出示的证书，但 ${programName(ctx.environment.client)} 需要证书链末端的根证书。`,
      ),
      evidence: chainEvidence(facts),
      fix: trust.system === true ? useSystemStore(ctx) : [...useFile(ctx, trust.untrustedIssuer)],
      explains: ["env.roots", ...BEHIND_TLS],
    };
  },
};

const unread: Rule = {
  code: "TLS_ROOTS_FILE_NOT_READ",
  layer: "tls",
  severity: "error",
  title: words(
    "The missing authority is in a file, but the program does not read it",
    "缺失的 CA 就在某个文件中，但程序不读取它",
  ),
  meaning: words(
    "Each program has its own variable: Node and Claude Code read NODE_EXTRA_CA_CERTS, Python's httpx SSL_CERT_FILE, requests REQUESTS_CA_BUNDLE, curl CURL_CA_BUNDLE. SSL_CERT_FILE alone has no effect in Node.",
    "各程序使用各自的变量：Node 与 Claude Code 读 NODE_EXTRA_CA_CERTS，Python 的 httpx 读 SSL_CERT_FILE，requests 读 REQUESTS_CA_BUNDLE，curl 读 CURL_CA_BUNDLE。仅设 SSL_CERT_FILE 对 Node 无效。",
  ),
  advice: words("Name the same file in the variable that this program reads.", "用该程序会读取的变量指定同一个文件。"),
  sources: [EXTRA, "https://www.python-httpx.org/environment_variables/", NETWORK],
  match(facts, ctx) {
    const trust = trustOf(facts);
    const file = trust?.unreadFiles[0];
    if (trust === undefined || file === undefined || trust.program) return undefined;
    const { client } = ctx.environment;
    const name = client === "python" ? "SSL_CERT_FILE" : client === "curl" ? "CURL_CA_BUNDLE" : "NODE_EXTRA_CA_CERTS";
    const program = programName(client);
    return {
      confidence: 0.98,
      severity: certificateSeverity(ctx),
      title: words(
        `${program} does not read ${file.name === name ? `the ${file.name} that is set in ${file.where}` : file.name}, whose file holds the missing authority`,
        `${program} 不读取${file.name === name ? `设置于 ${file.where} 的 ${file.name}` : ` ${file.name}`}，而其文件中正有缺失的 CA`,
      ),
      why: words(
        `${file.path} (${file.name}, set in ${file.where}) would make the certificate trusted. ${program} reads ${name}${file.name === name ? " only where it is in its own environment" : ""}.`,
        `${file.path}（${file.name}，设置于 ${file.where}）可以使该证书受信任。${program} 读取的是${file.name === name ? "自身环境中的" : ""} ${name}。`,
      ),
      evidence: chainEvidence(facts),
      fix: setVariable(
        ctx,
        name,
        file.path,
        words(
          "Name the same file in the variable that counts, before the program starts.",
          "在程序启动前，用有效的变量指定同一个文件。",
        ),
      ),
      explains: ["env.roots", ...BEHIND_TLS],
    };
  },
};

const replaces: Rule = {
  code: "TLS_ROOTS_FILE_REPLACES",
  layer: "tls",
  severity: "error",
  title: words(
    "The named file replaces the public authorities, and lacks the one that is needed",
    "指定的文件替换了公共 CA，却缺少所需的那个",
  ),
  meaning: words(
    "SSL_CERT_FILE and CURL_CA_BUNDLE do not add to the built-in list, they take its place. A file with only the company's root then refuses every public site.",
    "SSL_CERT_FILE 与 CURL_CA_BUNDLE 不是追加，而是替换内置列表。若文件中只有公司根证书，所有公共站点都会被拒绝。",
  ),
  advice: words("Put the public roots and your own into one file.", "把公共根证书与自己的根证书放进同一个文件。"),
  sources: ["https://www.python-httpx.org/environment_variables/", "https://curl.se/docs/sslcerts.html"],
  match(facts, ctx) {
    const trust = trustOf(facts);
    if (trust === undefined || trust.program || !trust.public || trust.untrustedIssuer === undefined) return undefined;
    const file = facts["env.roots"]?.files.find(({ read }) => read);
    const store = ctx.environment.value("CLAUDE_CODE_CERT_STORE");
    const { client } = ctx.environment;
    if (file === undefined && store === undefined) return undefined;
    const adds = client === "node" || client === "claude-code";
    const bundle = pemPath(ctx).replace("corp-ca", "ca-bundle");
    const fix =
      adds || file === undefined
        ? setVariable(
            ctx,
            "CLAUDE_CODE_CERT_STORE",
            "bundled,system",
            words("Let it use the authorities that it brings along as well.", "让它同时使用自带的 CA。"),
          )
        : [
            advise("Make one file of both.", "合并为一个文件。", [
              `cat "$(python3 -c 'import certifi; print(certifi.where())')" "${file.path}" > "${bundle}"`,
            ]),
            ...setVariable(ctx, file.name, bundle, words("Then name it.", "然后指定它。")),
          ];
    return {
      confidence: 0.98,
      severity: certificateSeverity(ctx),
      title: words(
        `${adds ? "CLAUDE_CODE_CERT_STORE" : file?.name} leaves out the public authorities`,
        `${adds ? "CLAUDE_CODE_CERT_STORE" : file?.name} 漏掉了公共 CA`,
      ),
      why: words(
        `The certificate of ${ctx.target.host} is genuine, but ${programName(client)} was told to trust other authorities in place of the public ones.`,
        `${ctx.target.host} 的证书是真的，但 ${programName(client)} 被要求用其他 CA 代替公共 CA。`,
      ),
      evidence: [
        ...(file === undefined
          ? []
          : [
              words(
                `${file.name}=${file.path}: ${file.certificates} certificates`,
                `${file.name}=${file.path}：${file.certificates} 张证书`,
              ),
            ]),
        ...chainEvidence(facts),
      ],
      fix,
      explains: ["env.roots", ...BEHIND_TLS],
    };
  },
};

const small: Rule = {
  code: "TLS_SYSTEM_STORE_SMALL",
  layer: "tls",
  severity: "info",
  title: words("The system's store holds very few authorities", "系统证书库中的 CA 过少"),
  meaning: words(
    "A common store holds more than 100. With a handful, programs that trust only the system's store refuse most public sites.",
    "常见的证书库包含 100 个以上。若只有寥寥几个，只信任系统证书库的程序会拒绝大多数公共站点。",
  ),
  advice: words(
    "Install or rebuild the ca-certificates package; give programs a PEM bundle until then.",
    "安装或重建 ca-certificates 软件包；在此之前给程序指定一个 PEM 证书包。",
  ),
  sources: ["https://github.com/anthropics/claude-code/issues/72712"],
  match(facts, ctx) {
    const count = facts["env.roots"]?.systemCount;
    if (count === undefined || count >= FEW_ROOTS) return undefined;
    const blamed = rootMissing(facts);
    const commands =
      ctx.machine.platform === "linux"
        ? "kind" in ctx.machine.statOf("/etc/pki/ca-trust")
          ? ["sudo dnf reinstall ca-certificates", "sudo update-ca-trust"]
          : ["sudo apt-get install --reinstall ca-certificates", "sudo update-ca-certificates --fresh"]
        : [];
    return {
      confidence: blamed ? 0.8 : 0.6,
      severity: blamed ? "warning" : "info",
      title: words(`The system's store holds only ${count} authorities`, `系统证书库中只有 ${count} 个 CA`),
      why: words("Programs that trust the system's store know no others.", "信任系统证书库的程序不认识其他 CA。"),
      evidence: [words(`${count} certificates in the system's store`, `系统证书库中有 ${count} 张证书`)],
      fix: [advise("Rebuild the system's store.", "重建系统证书库。", commands)],
      explains: ["env.roots"],
    };
  },
};

/** Stores of roots. */
export const TLS_STORE_RULES: readonly Rule[] = [stale, rootless, unread, replaces, small];
