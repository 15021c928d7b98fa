// What other tools of the same machine are told: .env files, npm, git, curl, editors.

import type { Machine } from "../machine.ts";
import type { Setting, Source } from "./environment.ts";
import { memberOf, parseJson, placeIn } from "./json-text.ts";
import { found, type Place, upwards } from "./place.ts";
import { assignmentsIn } from "./shell-profiles.ts";
import { guarded, isRead } from "./variable-names.ts";

type At = (line?: number) => Source;

/** `.env` files of the working folder. An application may load them; no program here does by itself. */
export function readDotenv(machine: Machine, place: Place): Setting[] {
  return [".env.local", ".env"].flatMap((file) =>
    linesOf(machine, place.join(machine.cwd, file), "dotenv", place).flatMap(({ line, source }) =>
      assignmentsIn(line, "plain", machine.home)
        .filter(([name]) => isRead(name))
        .map(([name, value]) => ({ name, value: guarded(name, value), source })),
    ),
  );
}

const NPM_KEYS = new Set(["proxy", "https-proxy", "http-proxy", "noproxy", "cafile", "strict-ssl"]);

/** npm's proxy and certificates, by the names `npm.proxy`, `npm.https-proxy`, `npm.noproxy`, `npm.cafile`, `npm.strict-ssl`. */
export function readNpm(machine: Machine, place: Place): Setting[] {
  const npm = machine.findCommand("npm");
  const global =
    npm === undefined || machine.platform === "win32" ? [] : [place.join(place.dirname(npm), "..", "etc", "npmrc")];
  const files = [place.join(machine.cwd, ".npmrc"), place.join(machine.home, ".npmrc"), ...global];
  return files.flatMap((file) => entries(linesOf(machine, file, "npm", place), "npm.", (key) => NPM_KEYS.has(key)));
}

/** git's proxy and certificates, by the names `git.http.proxy`, `git.https.proxy`, `git.http.sslcainfo`, `git.http.sslverify`. */
export function readGit(machine: Machine, place: Place): Setting[] {
  const repository = upwards(machine.cwd, place).find((folder) => machine.list(folder).includes(".git"));
  const files = [
    ...(repository === undefined ? [] : [place.join(repository, ".git", "config")]),
    place.join(machine.home, ".gitconfig"),
    place.join(machine.home, ".config/git/config"),
    ...(machine.platform === "linux" ? ["/etc/gitconfig"] : []),
  ];
  return files.flatMap((file) => {
    let section = "";
    const lines = linesOf(machine, file, "git", place).flatMap(({ line, source }) => {
      const head = /^\s*\[\s*([\w.-]+)(?:\s+"[^"]*")?\s*\]/.exec(line);
      if (head !== null) section = (head[1] ?? "").toLowerCase();
      return section === "http" || section === "https"
        ? [{ line: line.replace(/^\s*\[[^\]]*\]/, "").replace(/^\s*/, `${section}.`), source }]
        : [];
    });
    return entries(lines, "git.", (key) => /^https?\.(?:proxy|sslcainfo|sslverify|schannelusesslcainfo)$/.test(key));
  });
}

/** curl's own file, by the names `curl.proxy`, `curl.noproxy`, `curl.cacert`, `curl.insecure`, `curl.proxy-user`. */
export function readCurl(machine: Machine, place: Place): Setting[] {
  const folder = machine.env["CURL_HOME"] ?? machine.home;
  const file = place.join(folder, machine.platform === "win32" ? "_curlrc" : ".curlrc");
  const lines = linesOf(machine, file, "curl", place).map(({ line, source }) => {
    const match = /^\s*(?:--)?([\w-]+)(?:\s*[=:]\s*|\s+|$)(.*)$/.exec(line);
    return {
      line:
        match === null || line.trimStart().startsWith("#")
          ? ""
          : `${SHORT[match[1] ?? ""] ?? match[1]}=${match[2] || "true"}`,
      source,
    };
  });
  return entries(lines, "curl.", (key) => ["proxy", "noproxy", "cacert", "insecure", "proxy-user"].includes(key));
}

const SHORT: { readonly [option: string]: string } = { "-x": "proxy", "-k": "insecure", "-U": "proxy-user" };

/** Folders of editors that share the settings of VS Code, below the user's configuration folder. */
const EDITORS = ["Code", "Code - Insiders", "Cursor", "VSCodium", "Windsurf"];

/** What editors pass to Claude Code (`claudeCode.environmentVariables`), and their own proxy by the name `vscode.http.proxy`. */
export function readEditors(machine: Machine, place: Place): Setting[] {
  const { home, env } = machine;
  const roots = {
    linux: env["XDG_CONFIG_HOME"] ?? place.join(home, ".config"),
    darwin: place.join(home, "Library/Application Support"),
    win32: env["APPDATA"] ?? place.join(home, "AppData/Roaming"),
  };
  const files = [
    place.join(machine.cwd, ".vscode", "settings.json"),
    place.join(home, ".vscode-server", "data", "Machine", "settings.json"),
    ...EDITORS.map((name) => place.join(roots[machine.platform], name, "User", "settings.json")),
  ];
  return files.flatMap((path) => {
    const text = machine.readText(path);
    const parsed = text === undefined ? undefined : parseJson(text, true);
    if (text === undefined || parsed === undefined || "error" in parsed) return [];
    const at = found("ide", path, place);
    const line = (offset: number) => at(placeIn(text, offset).line);
    const settings: Setting[] = [];
    const variables = memberOf(parsed.root, "claudeCode.environmentVariables")?.value;
    for (const item of variables?.kind === "array" ? variables.items : []) {
      const name = memberOf(item, "name")?.value;
      const value = memberOf(item, "value")?.value;
      if (name?.kind !== "string" || value?.kind !== "string" || !isRead(name.value)) continue;
      settings.push({ name: name.value, value: guarded(name.value, value.value), source: line(item.start) });
    }
    const proxy = memberOf(parsed.root, "http.proxy");
    if (proxy?.value.kind === "string" && proxy.value.value !== "")
      settings.push({
        name: "vscode.http.proxy",
        value: guarded("proxy", proxy.value.value),
        source: line(proxy.start),
      });
    return settings;
  });
}

interface Line {
  readonly line: string;
  readonly source: Source;
}

function linesOf(machine: Machine, path: string, kind: Source["kind"], place: Place): Line[] {
  const text = machine.readText(path);
  const at: At = found(kind, path, place);
  return text === undefined ? [] : text.split(/\r?\n/).map((line, index) => ({ line, source: at(index + 1) }));
}

/** `key = value` lines. Keys count in lower case; quotes round a value are taken off. */
function entries(lines: readonly Line[], prefix: string, wanted: (key: string) => boolean): Setting[] {
  return lines.flatMap(({ line, source }) => {
    const match = /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line);
    const key = (match?.[1] ?? "").toLowerCase();
    if (match === null || !wanted(key)) return [];
    const value = (match[2] ?? "").replace(/^(["'])(.*)\1$/, "$2");
    return [{ name: prefix + key, value: guarded(key === "proxy-user" ? key : `${prefix}proxy`, value), source }];
  });
}
