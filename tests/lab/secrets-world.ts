// A world with a different secret in every place that the doctor reads, and the doctor called in every way in it.

import { readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import type { Orders } from "./inside.ts";
import type { Lab } from "./lab.ts";
import type { Scenario } from "./scenario.ts";

const WORD = "kZ7";

/** A secret that is told apart from every other: the place is in it, the rest is by chance of the run. */
function secret(place: string, seed: string): string {
  const tail = Buffer.from(`${seed}${place}`).toString("hex").slice(-24);
  return `${place.replace(/[^a-z]/gi, "")}${WORD}${[...tail].reverse().join("")}Qx`;
}

/** One call of the doctor, and what differs for it. */
interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: { readonly [name: string]: string };
  readonly resolver?: string;
}

/** What came of one call. */
export interface Leak {
  readonly call: string;
  readonly where: string;
  readonly secret: string;
}

/** What the whole came to. */
export interface SecretsFound {
  readonly leaks: readonly Leak[];
  readonly planted: number;
  readonly calls: readonly {
    readonly name: string;
    readonly code: number | null;
    readonly bytes: number;
    readonly verdict: string;
    readonly ms: number;
  }[];
  /** Files that the doctor wrote. */
  readonly files: readonly string[];
  /** Programs that it started, and how many command lines were looked at. */
  readonly started: readonly string[];
}

const NAMES = [
  "shellkey",
  "shelltoken",
  "oauth",
  "header",
  "proxypass",
  "allproxypass",
  "awssecret",
  "awssession",
  "awsbearer",
  "foundry",
  "managed",
  "user",
  "helper",
  "project",
  "local",
  "bashrc",
  "zshrc",
  "zshenv",
  "profile",
  "bashprofile",
  "fish",
  "profileproxy",
  "dotenv",
  "envrc",
  "npmtoken",
  "npmproxy",
  "gitproxy",
  "githeader",
  "ide",
  "ideproxy",
  "workspace",
  "login",
  "google",
  "baseurl",
  "pip",
  "curlrc",
  "netrc",
  "wrongkey",
  "wrongproxypass",
  "paste",
] as const;
type Place = (typeof NAMES)[number];

let planted: { readonly [place in Place]: string };

function plant(seed: string): void {
  planted = Object.fromEntries(NAMES.map((name) => [name, secret(name, seed)])) as typeof planted;
}
plant(String(process.pid));

const key = (place: Place) => `sk-ant-api03-${planted[place]}${planted[place]}AA`;

const GATEWAY = ["10.77.2.50"];
const REFUSER = "10.77.1.4";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a secret in every place",
  world: async (lab) => {
    lab.simulator({ apiKeys: [lab.key, key("shellkey")] });
    lab.dns({ answers: { "inspected.corp.example": GATEWAY } });
    lab.dns({ address: REFUSER, mode: "refused" });
    lab.origin({ address: GATEWAY, chain: "inspected" });
    await lab.tinyproxy(3128, [`BasicAuth dev ${planted.proxypass}`]);
    const settings = (place: Place, more: object = {}) =>
      JSON.stringify(
        { ...more, env: { ANTHROPIC_API_KEY: key(place), ANTHROPIC_CUSTOM_HEADERS: `x-team: ${planted[place]}` } },
        undefined,
        2,
      );
    lab.file("/etc/claude-code/managed-settings.json", settings("managed"));
    lab.file("~/.claude/settings.json", settings("user", { apiKeyHelper: `echo ${planted.helper}` }));
    lab.file(
      "~/.claude/.credentials.json",
      JSON.stringify({
        claudeAiOauth: { accessToken: `sk-ant-oat01-${planted.login}`, refreshToken: `sk-ant-ort01-${planted.login}` },
      }),
    );
    lab.file(
      "~/.claude.json",
      JSON.stringify({ oauthAccount: { emailAddress: "dev@corp.example" }, primaryApiKey: key("login") }),
    );
    lab.file("~/project/.claude/settings.json", settings("project"));
    lab.file("~/project/.claude/settings.local.json", settings("local"));
    lab.file(
      "~/project/.env",
      `ANTHROPIC_API_KEY="${key("dotenv")}"\nHTTPS_PROXY=http://dev:${planted.dotenv}@10.77.1.1:3128\n`,
    );
    lab.file("~/project/.envrc", `export ANTHROPIC_AUTH_TOKEN=${planted.envrc}\n`);
    lab.file(
      "~/.bashrc",
      `export ANTHROPIC_API_KEY=${key("bashrc")}\nexport https_proxy="http://dev:${planted.profileproxy}@10.77.1.1:3128"\nexport ANTHROPIC_BASE_URL='https://dev:${planted.baseurl}@claude.corp.example/v1?token=${planted.baseurl}'\n`,
    );
    for (const [file, place] of [
      [".zshrc", "zshrc"],
      [".zshenv", "zshenv"],
      [".profile", "profile"],
      [".bash_profile", "bashprofile"],
    ] as const)
      lab.file(
        `~/${file}`,
        `export ANTHROPIC_AUTH_TOKEN="${planted[place]}"\nexport ANTHROPIC_API_KEY=${key(place)}\n`,
      );
    lab.file("~/.config/fish/config.fish", `set -gx ANTHROPIC_API_KEY ${key("fish")}\n`);
    lab.file(
      "~/.npmrc",
      `//registry.npmjs.org/:_authToken=${planted.npmtoken}\nhttps-proxy=http://dev:${planted.npmproxy}@10.77.1.1:3128\n`,
    );
    lab.file(
      "~/.gitconfig",
      `[http]\n\tproxy = http://dev:${planted.gitproxy}@10.77.1.1:3128\n\textraHeader = Authorization: Bearer ${planted.githeader}\n`,
    );
    const ide = (place: Place, proxy: Place) =>
      JSON.stringify({
        "claudeCode.environmentVariables": [{ name: "ANTHROPIC_API_KEY", value: key(place) }],
        "http.proxy": `http://dev:${planted[proxy]}@10.77.1.1:3128`,
      });
    lab.file("~/.config/Code/User/settings.json", ide("ide", "ideproxy"));
    lab.file("~/project/.vscode/settings.json", ide("workspace", "ideproxy"));
    lab.file(
      "~/.config/gcloud/application_default_credentials.json",
      JSON.stringify({ type: "authorized_user", client_secret: planted.google, refresh_token: planted.google }),
    );
    lab.file("~/.config/pip/pip.conf", `[global]\nproxy = http://dev:${planted.pip}@10.77.1.1:3128\n`);
    lab.file("~/.curlrc", `proxy-user = dev:${planted.curlrc}\n`);
    lab.file("~/.netrc", `machine api.anthropic.com login dev password ${planted.netrc}\n`);
    lab.file(
      "~/.aws/credentials",
      `[default]\naws_access_key_id = AKIALABLABLABLABLAB1\naws_secret_access_key = ${planted.awssecret}\n`,
    );
    lab.file(
      "/run/lab/shim",
      '#!/bin/sh\nname=$(/usr/bin/basename "$0")\nprintf "%s\\n" "$name $*" >> /run/lab/argv\nfor folder in /usr/bin /usr/sbin /bin /sbin; do [ -x "$folder/$name" ] && exec "$folder/$name" "$@"; done\n',
    );
  },
  expect: { verdict: null, exit: 0 },
};

const CALLS: readonly Call[] = [
  { name: "plain", args: [] },
  { name: "plain zh", args: ["--lang", "zh"] },
  { name: "json as node", args: ["--json", "--as", "node"] },
  { name: "json as claude-code", args: ["--json", "--as", "claude-code"] },
  { name: "json as python", args: ["--json", "--as", "python"] },
  { name: "json as curl", args: ["--json", "--as", "curl"] },
  {
    name: "reports",
    args: ["--as", "node", "--report", "/run/lab/out/healthy.html", "--report", "/run/lab/out/healthy.md"],
  },
  { name: "trace", args: ["--as", "node", "--trace", "/run/lab/out/trace"] },
  { name: "deep", args: ["--json", "--as", "claude-code", "--deep"] },
  { name: "spend", args: ["--json", "--as", "node", "--spend"] },
  { name: "bedrock", args: ["--json", "--target", "bedrock"] },
  { name: "vertex", args: ["--json", "--target", "vertex"] },
  { name: "foundry", args: ["--json", "--target", "foundry"] },
  {
    name: "refused key",
    args: [
      "--as",
      "node",
      "--report",
      "/run/lab/out/refused.html",
      "--report",
      "/run/lab/out/refused.md",
      "--trace",
      "/run/lab/out/refused",
    ],
    env: { ANTHROPIC_API_KEY: "wrongkey" },
  },
  { name: "refused key zh", args: ["--json", "--as", "node", "--lang", "zh"], env: { ANTHROPIC_API_KEY: "wrongkey" } },
  {
    name: "refused proxy",
    args: ["--as", "curl", "--report", "/run/lab/out/proxy.html", "--trace", "/run/lab/out/proxy"],
    env: { HTTPS_PROXY: "wrongproxypass", https_proxy: "wrongproxypass" },
  },
  {
    name: "inspected",
    args: ["--as", "node", "--report", "/run/lab/out/inspected.md", "--trace", "/run/lab/out/inspected"],
    env: { ANTHROPIC_BASE_URL: "https://inspected.corp.example", HTTPS_PROXY: "" },
  },
  {
    name: "url with a password",
    args: ["--json", "--as", "node"],
    env: { ANTHROPIC_BASE_URL: "baseurl", HTTPS_PROXY: "" },
  },
  {
    name: "no resolver",
    args: ["--as", "claude-code", "--trace", "/run/lab/out/dns", "--report", "/run/lab/out/dns.html"],
    resolver: REFUSER,
  },
  { name: "explain", args: ["explain", "PASTE"] },
];

/** Calls the doctor in every way and looks for the secrets everywhere. */
export default async function search(lab: Lab, orders: Orders): Promise<SecretsFound> {
  const node = orders.runs[0]?.node ?? process.execPath;
  const shims = "/run/lab/shims";
  await lab.sh("c", `mkdir -p ${shims} /run/lab/out`);
  for (const command of commands()) symlinkSync("/run/lab/shim", join(shims, command));
  const before = new Set(filesUnder(lab.home).concat(filesUnder("/run/lab")));
  const lines: string[] = [];
  const watch = setInterval(() => lines.push(...commandLines()), 4);
  const leaks: Leak[] = [];
  const calls: SecretsFound["calls"][number][] = [];
  for (const call of CALLS) {
    lab.file("/etc/resolv.conf", `nameserver ${call.resolver ?? "10.77.1.1"}\n`);
    const env = environmentOf(lab, node, call, shims);
    const args = call.args.map((arg) => arg.replace("PASTE", `API Error: 401 invalid x-api-key ${key("paste")}`));
    const examined = args[0] === "explain" ? args : [...args, "--public-roots", orders.publicRoots];
    const ran = await lab.doctor(node, examined, env, 70_000);
    const verdict = /"code": ?"([A-Z_]+)"|\b((?:ENV|DNS|TCP|TLS|PROXY|HTTP|AUTH)_[A-Z_]+)\b/.exec(ran.stdout);
    calls.push({
      name: call.name,
      code: ran.code,
      bytes: ran.stdout.length,
      verdict: verdict?.[1] ?? verdict?.[2] ?? "none",
      ms: ran.ms,
    });
    leaks.push(...look(call.name, "output", Buffer.from(ran.stdout + ran.stderr)));
  }
  clearInterval(watch);
  const argv = readFileSync("/run/lab/argv", "utf8");
  // The one call that is given a secret as an argument by hand is this test's own doing.
  const own = (line: string) => line.includes("explain API Error");
  for (const line of new Set([...lines, ...argv.split("\n")]))
    if (!own(line)) leaks.push(...look("any", `command line ${line.slice(0, 60)}`, Buffer.from(line)));
  const files = filesUnder(lab.home)
    .concat(filesUnder("/run/lab"))
    .filter((file) => !before.has(file) && file !== "/run/lab/argv" && file !== "/run/lab/log");
  for (const file of files) leaks.push(...look("any", file, readFileSync(file)));
  const started = [...new Set(argv.split("\n").map((line) => line.split(" ")[0] ?? ""))].filter((name) => name !== "");
  return { leaks, planted: NAMES.length, calls, files, started };
}

function environmentOf(lab: Lab, node: string, call: Call, shims: string): { [name: string]: string } {
  const plain = lab.environment({ env: { ANTHROPIC_API_KEY: null } }, node);
  const proxy = (place: Place) => `http://dev:${planted[place]}@10.77.1.1:3128`;
  const own: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(call.env ?? {}))
    own[name] =
      value === "wrongkey"
        ? key("wrongkey")
        : value === "wrongproxypass"
          ? proxy("wrongproxypass")
          : value === "baseurl"
            ? `https://dev:${planted.baseurl}@api.anthropic.com/?token=${planted.baseurl}`
            : value;
  return {
    ...plain,
    PATH: `${shims}:${plain["PATH"]}`,
    NODE_USE_ENV_PROXY: "1",
    ANTHROPIC_API_KEY: key("shellkey"),
    CLAUDE_CODE_OAUTH_TOKEN: `sk-ant-oat01-${planted.oauth}`,
    ANTHROPIC_CUSTOM_HEADERS: `x-team-secret: ${planted.header}`,
    HTTPS_PROXY: proxy("proxypass"),
    ALL_PROXY: proxy("allproxypass"),
    AWS_ACCESS_KEY_ID: "AKIALABLABLABLABLAB1",
    AWS_SECRET_ACCESS_KEY: planted.awssecret,
    AWS_SESSION_TOKEN: planted.awssession,
    AWS_BEARER_TOKEN_BEDROCK: planted.awsbearer,
    AWS_REGION: "us-east-1",
    ANTHROPIC_FOUNDRY_API_KEY: planted.foundry,
    ANTHROPIC_FOUNDRY_RESOURCE: "lab",
    ANTHROPIC_VERTEX_PROJECT_ID: "lab",
    CLOUD_ML_REGION: "us-east5",
    ...(call.name === "refused key" ? { ANTHROPIC_AUTH_TOKEN: planted.shelltoken } : {}),
    ...own,
  };
}

// A part of 12 characters behind the first 8 and before the last 4, which masks may show; and as the proxies' Basic sees it.
function look(call: string, where: string, bytes: Buffer): Leak[] {
  const text = bytes.toString("latin1");
  return NAMES.filter((place) => {
    const plain = planted[place];
    const at = plain.indexOf(WORD);
    if (text.includes(plain.slice(at, at + 12))) return true;
    const basic = Buffer.from(`dev:${plain}`).toString("base64").slice(12, 32);
    return text.includes(basic);
  }).map((place) => ({ call, where, secret: place }));
}

function commands(): string[] {
  const own = new Set(["sh", "bash", "dash", "basename", "env", "node", "ip", "unshare"]);
  const all = ["/usr/bin", "/usr/sbin"].flatMap((folder) => readdirSync(folder));
  return [...new Set(all)].filter((name) => !own.has(name));
}

function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== "1")
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        // The lab's own servers and proxies are told secrets by file or not at all.
        return line === "" || basename(line.split(" ")[0] ?? "") === "" ? [] : [line];
      } catch {
        return [];
      }
    });
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (path === "/run/lab/shims") return [];
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() && statSync(path).size < 50_000_000 ? [path] : [];
  });
}
