// Rules about the files that programs are told to trust.

import type { Context } from "../context.ts";
import type { TrustFile } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { pemPath, setVariable, useFile } from "./root-fixes.ts";
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

/** Python and curl stop when a file that they are told to read is not there; Node goes on without it. */
function stops(ctx: Context, file: TrustFile): boolean {
  const { client } = ctx.environment;
  return file.read && (client === "python" || client === "curl");
}

interface FileProblem {
  readonly code: string;
  readonly problem: readonly NonNullable<TrustFile["problem"]>[];
  readonly title: readonly [string, string];
  readonly meaning: readonly [string, string];
  readonly advice: readonly [string, string];
  readonly says?: readonly RegExp[];
  readonly fix: (ctx: Context, file: TrustFile) => readonly Fix[];
}

function fileRule({ code, problem, title, meaning, advice, says, fix }: FileProblem): Rule {
  return {
    code,
    layer: "tls",
    severity: "warning",
    title: words(...title),
    meaning: words(...meaning),
    advice: words(...advice),
    sources: [NETWORK, EXTRA],
    ...(says === undefined ? {} : { says }),
    match(facts, ctx) {
      const all = (facts["env.roots"]?.files ?? []).filter(
        (file) => file.problem !== undefined && problem.includes(file.problem),
      );
      const file = all.find(({ read }) => read) ?? all[0];
      if (file === undefined) return undefined;
      const blamed = file.read && (rootMissing(facts) || (stops(ctx, file) && file.problem !== "expired"));
      const severity = blamed ? certificateSeverity(ctx) : file.read ? "warning" : "info";
      const program = programName(ctx.environment.client);
      const after = blamed
        ? words(
            `${program} is told to trust it, and so lacks the root that it needs.`,
            `${program} 被要求信任它，因此缺少所需的根证书。`,
          )
        : words(
            `${file.read ? `${program} reads this variable` : `${program} does not read this value`}; the line works without it so far.`,
            `${file.read ? `${program} 会读取该变量` : `${program} 不读取该值`}；目前线路不依赖它也能工作。`,
          );
      const detail = file.detail === undefined ? "" : ` (${file.detail})`;
      return {
        confidence: blamed ? 0.98 : 0.85,
        severity,
        title: words(
          `${file.name}: ${file.path} ${title[0].charAt(0).toLowerCase()}${title[0].slice(1)}`,
          `${file.name}：${file.path} ${title[1]}`,
        ),
        why: words(
          `${file.name} (set in ${file.where}) names ${file.path}: ${meaning[0]} ${after.en}`,
          `${file.name}（设置于 ${file.where}）指定了 ${file.path}：${meaning[1]}${after.zh}`,
        ),
        evidence: [
          words(
            `${file.path}: ${file.problem}${detail}, ${file.certificates} certificates`,
            `${file.path}：${file.problem}${detail}，${file.certificates} 张证书`,
          ),
          ...(blamed ? chainEvidence(facts) : []),
        ],
        fix: fix(ctx, file),
        explains: blamed ? ["env.roots", ...BEHIND_TLS] : ["env.roots"],
      };
    },
  };
}

const missing = fileRule({
  code: "TLS_ROOTS_FILE_MISSING",
  problem: ["missing", "folder", "unreadable"],
  title: ["Is not a file that can be read", "不是可读取的文件"],
  meaning: [
    "that path leads to no readable file. Node says so in one line at its start and goes on without it, curl and Python stop.",
    "该路径没有可读取的文件。Node 只在启动时提示一行，然后忽略它；curl 和 Python 会中止。",
  ],
  advice: [
    "Correct the path. In settings files and in quotes nobody turns ~ or $HOME into a folder: write the whole path.",
    "更正路径。在设置文件和引号中，~ 或 $HOME 不会被展开：请写完整路径。",
  ],
  says: [
    /Ignoring extra certs from/i,
    /error setting certificate (?:verify locations|file)/i,
    /Could not find a suitable TLS CA certificate bundle/i,
  ],
  fix(ctx, file) {
    if (file.detail === "tilde") {
      const whole = file.path.replace(/^.*?(?:~|\$\{?HOME\}?|%USERPROFILE%)/i, ctx.machine.home);
      return setVariable(
        ctx,
        file.name,
        whole,
        words(
          "Write the whole path: only a shell turns ~ and $HOME into a folder.",
          "写完整路径：只有 shell 会展开 ~ 与 $HOME。",
        ),
      );
    }
    const look = advise(
      `Look what is there (${file.detail ?? file.problem}); then correct the path in ${file.where}, or take the setting out.`,
      `检查该路径（${file.detail ?? file.problem}）；然后在 ${file.where} 中更正路径或删除该设置。`,
      [`ls -l "${file.path}"`],
    );
    return [
      look,
      ...setVariable(
        ctx,
        file.name,
        pemPath(ctx),
        words("With the right path, before the program starts.", "用正确的路径，在程序启动前设置。"),
      ),
    ];
  },
});

const der = fileRule({
  code: "TLS_ROOTS_FILE_DER",
  problem: ["der"],
  title: ["Is binary (DER), and is ignored without a word", "是二进制（DER）格式，会被静默忽略"],
  meaning: [
    "the file is a certificate in binary form, as Windows exports it by default (.cer, .crt). Node and Python want PEM text; Node ignores it silently.",
    "该文件是二进制形式的证书，Windows 默认即导出此格式（.cer、.crt）。Node 与 Python 需要 PEM 文本；Node 会静默忽略它。",
  ],
  advice: [
    "Turn it into PEM: openssl x509 -inform der -in corp.cer -out corp.pem",
    "转换为 PEM：openssl x509 -inform der -in corp.cer -out corp.pem",
  ],
  fix(ctx, file) {
    const pem = `${file.path.replace(/\.(?:cer|crt|der|pem)$/i, "")}-pem.pem`;
    const note = words("Turn it into PEM, and name the new file.", "转换为 PEM，并指定新文件。");
    if (ctx.machine.platform === "win32")
      return [
        { os: "windows", shell: "cmd", commands: [`certutil -encode "${file.path}" "${pem}"`], note },
        ...setVariable(ctx, file.name, pem, words("Then name it.", "然后指定它。")),
      ];
    return [
      { os: "any", shell: "sh", commands: [`openssl x509 -inform der -in "${file.path}" -out "${pem}"`], note },
      ...setVariable(ctx, file.name, pem, words("Then name it.", "然后指定它。")),
    ];
  },
});

const noCertificate = fileRule({
  code: "TLS_ROOTS_FILE_UNUSABLE",
  problem: ["no-certificate", "broken-pem"],
  title: ["Holds no certificate that can be read", "中没有可读取的证书"],
  meaning: [
    "the file is there, but is not PEM text with whole certificates in it.",
    "文件存在，但不是包含完整证书的 PEM 文本。",
  ],
  advice: [
    "A PEM file is plain ASCII that begins with -----BEGIN CERTIFICATE-----. PowerShell's > writes UTF-16, some editors put a mark before the first line, .p7b and .pfx are other formats.",
    "PEM 文件是以 -----BEGIN CERTIFICATE----- 开头的 ASCII 文本。PowerShell 的 > 会写成 UTF-16，有些编辑器会在首行前加标记，.p7b 与 .pfx 是其他格式。",
  ],
  fix(_ctx, file) {
    const out = `${file.path}.fixed.pem`;
    const commands: { readonly [detail: string]: readonly string[] } = {
      "utf-16": [`iconv -f UTF-16 -t ASCII "${file.path}" > "${out}"`],
      bom: [`sed '1s/^\\xEF\\xBB\\xBF//' "${file.path}" > "${out}"`],
      pkcs7: [`openssl pkcs7 -print_certs -in "${file.path}" -out "${out}"`],
      pkcs12: [`openssl pkcs12 -in "${file.path}" -cacerts -nokeys -out "${out}"`],
    };
    if (file.detail === "not-hashed")
      return [
        advise(
          "In a folder OpenSSL finds a certificate only by a link that is named after its hash. This makes the links.",
          "在文件夹中，OpenSSL 只能通过以哈希命名的链接找到证书。此命令会创建这些链接。",
          [`openssl rehash "${file.path}"`],
        ),
      ];
    const known = commands[file.detail ?? ""];
    if (known !== undefined)
      return [
        advise(
          `Turn it into PEM and name ${out} in ${file.where}.`,
          `转换为 PEM，并在 ${file.where} 中指定 ${out}。`,
          known,
        ),
      ];
    return [
      advise(
        `Look what is in it${file.detail === undefined ? "" : ` (it looks like: ${file.detail})`}; export the certificate again as Base-64 / PEM.`,
        `查看其内容${file.detail === undefined ? "" : `（看起来是：${file.detail}）`}；重新导出为 Base-64 / PEM。`,
        [`head -c 200 "${file.path}"`, `openssl x509 -in "${file.path}" -noout -subject -dates`],
      ),
    ];
  },
});

const notCa = fileRule({
  code: "TLS_ROOTS_FILE_NOT_CA",
  problem: ["not-a-ca"],
  title: ["Holds a server's certificate, not that of an authority", "中是服务器证书，而不是 CA 证书"],
  meaning: [
    "its certificates are no authorities, so nothing that they sign is trusted. Most often the site's own certificate was exported in the browser in place of the topmost one of its path.",
    "其中的证书不是 CA，因此无法用于信任其他证书。常见原因是在浏览器中导出了站点自身的证书，而不是证书路径最上层的那张。",
  ],
  advice: [
    "Export the topmost certificate of the path (the root), as Base-64.",
    "导出证书路径最上层的证书（根证书），格式选 Base-64。",
  ],
  fix: (ctx, file) => useFile(ctx, file.subjects[0] ?? "root"),
});

const expired = fileRule({
  code: "TLS_ROOTS_FILE_EXPIRED",
  problem: ["expired"],
  title: ["Holds only certificates that have expired", "中的证书均已过期"],
  meaning: ["its authority ran out; what it signs is refused.", "其中的 CA 已到期，它签发的证书会被拒绝。"],
  advice: ["Ask IT for the present root certificate.", "向 IT 部门索取当前的根证书。"],
  fix: (ctx, file) => useFile(ctx, file.subjects[0] ?? "root"),
});

/** Files of roots. */
export const TLS_ROOTS_RULES: readonly Rule[] = [missing, der, noCertificate, notCa, expired];
