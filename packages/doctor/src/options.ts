// The options and commands of the command line: one table, from which the help, the checks and the reference page derive.

import { CLIENTS } from "./context.ts";
import { DEFAULT_INTERVAL_MS, DEFAULT_LISTEN } from "./watch/watch-options.ts";
import { LANGUAGES, type Words } from "./words.ts";

/** One option. The help, the checks and the reference page derive from it. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What follows it; undefined for a switch. */
  readonly value?: string;
  readonly about: Words;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly default?: string;
}

/** Platforms that have a name; any other target is a URL. */
export const PLATFORMS = ["anthropic", "bedrock", "vertex", "foundry"];

/** Longest `--soak`, seconds: the edge closes idle connections after 400 s. */
const LONGEST_SOAK = 600;

/** Every option. */
export const OPTIONS: readonly OptionSpec[] = [
  {
    name: "as",
    value: "client",
    choices: CLIENTS,
    about: {
      en: "go as that program would (default: claude-code where it is set up, else node)",
      zh: "模拟哪个程序的行为（默认：装有 Claude Code 则为 claude-code，否则为 node）",
    },
  },
  {
    name: "target",
    value: "where",
    about: {
      en: "anthropic, bedrock, vertex, foundry or a URL (default: what the settings say)",
      zh: "anthropic、bedrock、vertex、foundry 或一个 URL（默认：取自设置）",
    },
  },
  {
    name: "deep",
    about: {
      en: "also packet sizes, streaming, route, regions (up to 45 s)",
      zh: "增加数据包大小、流式传输、路由、各区域检查（最长 45 秒）",
    },
  },
  {
    name: "external",
    about: {
      en: "allow questions to third parties: public resolvers, the status page",
      zh: "允许访问第三方：公共 DNS、状态页",
    },
  },
  {
    name: "spend",
    about: {
      en: "allow requests that cost tokens (well under one US cent)",
      zh: "允许消耗 token 的请求（远低于 1 美分）",
    },
  },
  {
    name: "soak",
    value: "seconds",
    min: 0,
    max: LONGEST_SOAK,
    default: "0",
    about: { en: "keep connections idle up to that long and use them again", zh: "让连接空闲至多这么久后再次使用" },
  },
  { name: "model", value: "name", about: { en: "model for requests that name one", zh: "请求中使用的模型" } },
  {
    name: "lang",
    value: "language",
    choices: LANGUAGES,
    about: {
      en: "language (default: from LC_ALL, LC_MESSAGES, LANG)",
      zh: "语言（默认取自 LC_ALL、LC_MESSAGES、LANG）",
    },
  },
  { name: "json", about: { en: "print JSON, nothing else", zh: "只输出 JSON" } },
  {
    name: "report",
    value: "file",
    about: {
      en: "write a page for IT or support, .html or .md, masked (repeatable)",
      zh: "生成给 IT 或客服的页面（.html 或 .md，已脱敏，可重复）",
    },
  },
  {
    name: "trace",
    value: "folder",
    about: {
      en: "write wire evidence there: timeline, HAR, TLS keys, packets",
      zh: "把线路证据写入该目录：时间线、HAR、TLS 密钥、抓包",
    },
  },
  {
    name: "fix",
    about: {
      en: "offer changes of settings one by one, with a diff and a backup",
      zh: "逐项提供设置修改，显示差异并先做备份",
    },
  },
  {
    name: "watch",
    about: {
      en: "go on looking; serves /health and /metrics",
      zh: "持续检查，并提供 /health 与 /metrics",
    },
  },
  {
    name: "interval",
    value: "time",
    default: `${DEFAULT_INTERVAL_MS / 1_000}s`,
    about: { en: "time between two looks of --watch, 5s to 1h", zh: "--watch 两次检查的间隔，5s 到 1h" },
  },
  {
    name: "listen",
    value: "address",
    default: DEFAULT_LISTEN,
    about: { en: "[host:]port where --watch serves", zh: "--watch 的监听地址 [host:]port" },
  },
  {
    name: "public-roots",
    value: "file",
    about: { en: "PEM file that counts as the public roots (for a lab)", zh: "视为公共根证书的 PEM 文件（实验用）" },
  },
  { name: "no-color", about: { en: "no colours (also NO_COLOR=1)", zh: "不用颜色（同 NO_COLOR=1）" } },
  { name: "help", short: "h", about: { en: "print this help", zh: "显示本帮助" } },
  { name: "version", short: "V", about: { en: "print the version", zh: "显示版本" } },
];

/** Commands besides the examination itself. */
export const COMMANDS: readonly { readonly name: string; readonly value?: string; readonly about: Words }[] = [
  {
    name: "explain",
    value: 'CODE | "error text"',
    about: { en: "what a code or a pasted error message means, offline", zh: "解释一个代码或粘贴的报错（离线）" },
  },
  { name: "list", about: { en: "all checks and codes", zh: "列出所有检查与代码" } },
];
