// How to make a program trust a certificate authority, as it is done on this machine for this program.

import type { Context } from "../context.ts";
import type { Fix } from "../finding.ts";
import { claudeReadsSystemStore, knowsSystemCaFlag, knowsSystemCaVariable, nodeVersionOf } from "../trust/versions.ts";
import type { Words } from "../words.ts";
import { words } from "./tls-reading.ts";

/** The system's bundle of roots, where it is one file. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Settings of tools, which are no variables, with the command that sets them. */
const TOOL_SETTINGS: { readonly [name: string]: string } = {
  "npm.cafile": "npm config set cafile",
  "git.http.sslcainfo": "git config --global http.sslCAInfo",
};

/** Where the examples put the company's certificate. */
export function pemPath(ctx: Context): string {
  return ctx.machine.platform === "win32" ? `${ctx.machine.home}\\corp-ca.pem` : `${ctx.machine.home}/corp-ca.pem`;
}

/** Sets a variable for good, for the user's shell, and for Claude Code in its settings. */
export function setVariable(ctx: Context, name: string, value: string, note: Words): readonly Fix[] {
  const { machine, environment } = ctx;
  const tool = TOOL_SETTINGS[name];
  if (tool !== undefined) return [{ os: "any", shell: "any", commands: [`${tool} "${value}"`], note }];
  const settings = environment.client === "claude-code" ? [inSettings(ctx, name, value)] : [];
  const quoted = `"${value}"`;
  if (machine.platform === "win32") {
    const powershell: Fix = {
      os: "windows",
      shell: "powershell",
      commands: [`$env:${name} = ${quoted}`, `[Environment]::SetEnvironmentVariable("${name}", ${quoted}, "User")`],
      note,
    };
    const cmd: Fix = {
      os: "windows",
      shell: "cmd",
      commands: [`set ${name}=${value}`, `setx ${name} ${quoted}`],
      note,
    };
    return [...settings, machine.shell === "cmd" ? cmd : powershell];
  }
  const os = machine.platform === "darwin" ? "macos" : "linux";
  if (machine.shell === "fish")
    return [...settings, { os, shell: "fish", commands: [`set -Ux ${name} ${quoted}`], note }];
  const profile = machine.platform === "darwin" ? "~/.zshrc" : "~/.bashrc";
  return [
    ...settings,
    { os, shell: "sh", commands: [`export ${name}=${quoted}`, `echo 'export ${name}=${quoted}' >> ${profile}`], note },
  ];
}

/** The `env` block of Claude Code's own settings: it counts for terminals, editors and background sessions alike. */
function inSettings(ctx: Context, name: string, value: string): Fix {
  const folder = ctx.environment.value("CLAUDE_CONFIG_DIR") || `${ctx.machine.home}/.claude`;
  const path = `${folder}/settings.json`;
  const entry = JSON.stringify({ env: { [name]: value } });
  const note = words(
    `Put ${entry} into ${path} (merge it with what is there): it then holds in terminals, editors and background sessions alike. Write the whole path of your home folder where a ~ is shown here: nothing fills it in.`,
    `在 ${path} 中加入 ${entry}（与已有内容合并）：这样在终端、编辑器与后台会话中都生效。若此处显示 ~，请写出主目录的完整路径：它不会被展开。`,
  );
  const change = (before: string) => {
    const all = (before.trim() === "" ? {} : JSON.parse(before)) as { readonly env?: object };
    return `${JSON.stringify({ ...all, env: { ...all.env, [name]: value } }, undefined, 2)}\n`;
  };
  return {
    os: "any",
    shell: "any",
    commands: [],
    note,
    edit: { path, change, about: words(`set ${name} in ${path}`, `在 ${path} 中设置 ${name}`) },
  };
}

/** Makes the program trust an authority that the operating system trusts already. */
export function useSystemStore(ctx: Context): readonly Fix[] {
  const { client, clientVersion } = ctx.environment;
  const bundle =
    ctx.machine.platform === "linux" ? BUNDLES.find((path) => "kind" in ctx.machine.statOf(path)) : undefined;
  if (client === "claude-code") {
    const store = ctx.environment.value("CLAUDE_CODE_CERT_STORE");
    const note = words(
      "The system's store holds the authority already; tell Claude Code to read it.",
      "系统证书库中已有该 CA，让 Claude Code 读取它即可。",
    );
    if (store !== undefined && !/system/i.test(store))
      return setVariable(ctx, "CLAUDE_CODE_CERT_STORE", "bundled,system", note);
    if (!claudeReadsSystemStore(clientVersion)) {
      const update = words(
        `Claude Code ${clientVersion} reads only the authorities it brings along; 2.1.101 and later read the system's store, where yours is already.`,
        `Claude Code ${clientVersion} 只读取自带的 CA；2.1.101 及以后的版本会读取系统证书库，而该 CA 已在其中。`,
      );
      return [{ os: "any", shell: "any", commands: ["claude update", "claude --version"], note: update }];
    }
    return withBundle(ctx, "NODE_EXTRA_CA_CERTS", bundle);
  }
  if (client === "node") {
    const node = nodeVersionOf(ctx);
    const note = words(
      `The system's store holds the authority already; Node ${node} reads that store when told so before it starts.`,
      `系统证书库中已有该 CA；Node ${node} 在启动前设置后即会读取系统证书库。`,
    );
    if (knowsSystemCaVariable(node)) return setVariable(ctx, "NODE_USE_SYSTEM_CA", "1", note);
    if (knowsSystemCaFlag(node)) return setVariable(ctx, "NODE_OPTIONS", "--use-system-ca", note);
    return withBundle(ctx, "NODE_EXTRA_CA_CERTS", bundle);
  }
  if (client === "python") {
    const note = words(
      "Let Python use the system's store: install truststore, and call it first in the program.",
      "让 Python 使用系统证书库：安装 truststore，并在程序最开头调用。",
    );
    const code = "import truststore; truststore.inject_into_ssl()";
    const truststore: Fix = {
      os: "any",
      shell: "any",
      commands: [
        "pip install truststore",
        `python3 -c "${code}; import httpx; print(httpx.get('https://${ctx.target.host}/'))"`,
      ],
      note,
    };
    return [truststore, ...(bundle === undefined ? [] : withBundle(ctx, "SSL_CERT_FILE", bundle))];
  }
  const note = words(
    "curl reads the file that a variable names in place of the system's store: unset the variable.",
    "curl 会用变量指定的文件代替系统证书库：取消该变量即可。",
  );
  return [{ os: "any", shell: "sh", commands: ["unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR"], note }];
}

function withBundle(ctx: Context, name: string, bundle: string | undefined): readonly Fix[] {
  if (bundle === undefined)
    return [
      ...exportRoot(ctx),
      ...setVariable(
        ctx,
        name,
        pemPath(ctx),
        words("Then name that file, before the program starts.", "然后在程序启动前指定该文件。"),
      ),
    ];
  return setVariable(
    ctx,
    name,
    bundle,
    words("Name the system's own bundle, which holds the authority already.", "指定系统自带的证书包，其中已有该 CA。"),
  );
}

/** Gets the authority's certificate as PEM: from the system's store where it can be there, else from IT. */
function exportRoot(ctx: Context, issuer = "your company's root"): readonly Fix[] {
  const path = pemPath(ctx);
  if (ctx.machine.platform === "darwin") {
    const note = words(
      `Export the authorities that your administrator installed in the keychain to ${path}.`,
      `把管理员安装在钥匙串中的 CA 导出到 ${path}。`,
    );
    return [
      {
        os: "macos",
        shell: "sh",
        commands: [`security find-certificate -a -p /Library/Keychains/System.keychain > "${path}"`],
        note,
      },
    ];
  }
  if (ctx.machine.platform === "win32") {
    const name = issuer.replace(/[^\w .()-]/g, "");
    const script = `$c = Get-ChildItem Cert:\\LocalMachine\\Root, Cert:\\CurrentUser\\Root | Where-Object Subject -like "*${name}*" | Select-Object -First 1`;
    const write = `"-----BEGIN CERTIFICATE-----\`n" + [Convert]::ToBase64String($c.RawData, "InsertLineBreaks") + "\`n-----END CERTIFICATE-----" | Out-File -Encoding ascii "${path}"`;
    const note = words(
      `Export the authority from the Windows store to ${path}.`,
      `把该 CA 从 Windows 证书库导出到 ${path}。`,
    );
    return [{ os: "windows", shell: "powershell", commands: [script, write], note }];
  }
  return [];
}

/** Makes the program trust an authority whose certificate IT has to hand over first. */
export function useFile(ctx: Context, issuer: string): readonly Fix[] {
  const path = pemPath(ctx);
  const { client } = ctx.environment;
  const ask: Fix = {
    os: "any",
    shell: "any",
    commands: [],
    note: words(
      `Ask your IT department for the certificate of "${issuer}" as a PEM file (text that begins with -----BEGIN CERTIFICATE-----), save it as ${path}, and compare its SHA-256 fingerprint with theirs. A .cer file that is binary is turned into PEM by: openssl x509 -inform der -in corp.cer -out corp-ca.pem`,
      `向 IT 部门索取 “${issuer}” 的 PEM 格式证书（以 -----BEGIN CERTIFICATE----- 开头的文本），保存为 ${path}，并与他们核对 SHA-256 指纹。如果拿到的是二进制 .cer，用以下命令转换：openssl x509 -inform der -in corp.cer -out corp-ca.pem`,
    ),
  };
  const before = [ask, ...exportRoot(ctx, issuer)];
  const note = words(
    "Then name the file before the program starts; setting it inside a running program has no effect.",
    "然后在程序启动前指定该文件；在运行中的程序内设置无效。",
  );
  if (client === "node" || client === "claude-code")
    return [...before, ...setVariable(ctx, "NODE_EXTRA_CA_CERTS", path, note)];
  if (client === "python") {
    const bundle = path.replace("corp-ca", "ca-bundle");
    const make = words(
      "Make a bundle of the public authorities and yours: the variable replaces the built-in list.",
      "把公共 CA 与公司 CA 合并成一个文件：该变量会替换内置列表。",
    );
    const commands = [`cat "$(python3 -c 'import certifi; print(certifi.where())')" "${path}" > "${bundle}"`];
    return [
      ...before,
      { os: "any", shell: "sh", commands, note: make },
      ...setVariable(ctx, "SSL_CERT_FILE", bundle, note),
    ];
  }
  return [...before, ...intoSystem(ctx, path)];
}

function intoSystem(ctx: Context, path: string): readonly Fix[] {
  const note = words("Then install it in the system's store.", "然后将其安装到系统证书库。");
  if (ctx.machine.platform === "darwin")
    return [
      {
        os: "macos",
        shell: "sh",
        commands: [`sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "${path}"`],
        note,
      },
    ];
  if (ctx.machine.platform === "win32")
    return [
      {
        os: "windows",
        shell: "powershell",
        commands: [`Import-Certificate -FilePath "${path}" -CertStoreLocation Cert:\\CurrentUser\\Root`],
        note,
      },
    ];
  const redhat = ctx.machine.statOf("/etc/pki/ca-trust/source/anchors");
  const commands =
    "kind" in redhat
      ? [`sudo cp "${path}" /etc/pki/ca-trust/source/anchors/`, "sudo update-ca-trust"]
      : [`sudo cp "${path}" /usr/local/share/ca-certificates/corp-ca.crt`, "sudo update-ca-certificates"];
  return [{ os: "linux", shell: "sh", commands, note }];
}
