// The doctor's own words: names of layers and sources, headings, labels.

import type { Source } from "../environment/environment.ts";
import type { Severity } from "../finding.ts";
import type { Layer } from "../layer.ts";
import type { Status } from "../probe.ts";
import type { Words } from "../words.ts";

/** What a layer is called on the screen and in reports. */
export const LAYER_NAMES: { readonly [layer in Layer]: Words } = {
  environment: { en: "Settings", zh: "本机设置" },
  dns: { en: "DNS", zh: "DNS 解析" },
  tcp: { en: "TCP", zh: "TCP 连接" },
  mtu: { en: "Packet size", zh: "数据包大小" },
  tls: { en: "TLS", zh: "TLS 加密" },
  proxy: { en: "Proxy", zh: "代理" },
  http: { en: "HTTP", zh: "HTTP 应答" },
  credentials: { en: "Credentials", zh: "凭据" },
  account: { en: "Account", zh: "账户" },
  streaming: { en: "Streaming", zh: "流式传输" },
  long: { en: "Long lines", zh: "长连接" },
};

/** Words for what came of a probe. */
export const STATUS_NAMES: { readonly [status in Status]: Words } = {
  pass: { en: "ok", zh: "正常" },
  warn: { en: "warning", zh: "警告" },
  fail: { en: "failed", zh: "失败" },
  skip: { en: "not looked at", zh: "未检查" },
};

/** Words for how bad it is. */
export const SEVERITY_NAMES: { readonly [severity in Severity]: Words } = {
  error: { en: "error", zh: "错误" },
  warning: { en: "warning", zh: "警告" },
  info: { en: "information", zh: "提示" },
};

/** Kinds of places where a value is set. */
export const SOURCE_NAMES: { readonly [kind in Source["kind"]]: Words } = {
  shell: { en: "the environment of this shell", zh: "当前 shell 的环境变量" },
  "shell-profile": { en: "shell profile", zh: "shell 启动文件" },
  "claude-managed": { en: "managed settings of Claude Code", zh: "Claude Code 受管设置" },
  "claude-user": { en: "user settings of Claude Code", zh: "Claude Code 用户设置" },
  "claude-project": { en: "project settings of Claude Code", zh: "Claude Code 项目设置" },
  "claude-local": { en: "local project settings of Claude Code", zh: "Claude Code 项目本地设置" },
  dotenv: { en: ".env file", zh: ".env 文件" },
  npm: { en: "npm settings", zh: "npm 设置" },
  git: { en: "git settings", zh: "git 设置" },
  curl: { en: "settings of curl", zh: "curl 设置" },
  system: { en: "the operating system's settings", zh: "操作系统设置" },
  ide: { en: "settings of the editor", zh: "编辑器设置" },
  default: { en: "the program's own default", zh: "程序默认值" },
};

/** Names of operating systems and shells as their users know them. */
export const OS_NAMES = { any: "", linux: "Linux", macos: "macOS", windows: "Windows" } as const;
export const SHELL_NAMES = {
  any: "",
  sh: "bash/zsh/sh",
  fish: "fish",
  powershell: "PowerShell",
  cmd: "cmd.exe",
} as const;

/** Headings and sentences. `{name}` is filled in by `fill`. */
export const PHRASES = {
  as: { en: "as {client}", zh: "以 {client} 的方式" },
  direct: { en: "direct", zh: "直连" },
  viaProxy: { en: "through the proxy {proxy} ({from})", zh: "经代理 {proxy}（{from}）" },
  proxyBroken: { en: "the proxy setting {from} cannot be used", zh: "代理设置 {from} 无法使用" },
  whole: { en: "The line to Claude works.", zh: "到 Claude 的线路正常。" },
  wholeBut: { en: "The line to Claude works, but this will cause trouble:", zh: "到 Claude 的线路正常，但有隐患：" },
  undecided: {
    en: "No cause found, but the line cannot be called whole.",
    zh: "未找到原因，但也不能认定线路正常。",
  },
  undecidedWhy: {
    en: "These checks are required, and they failed or could not run:",
    zh: "以下必要检查失败，或未能进行：",
  },
  why: { en: "Why", zh: "原因" },
  evidence: { en: "What was seen", zh: "依据" },
  fix: { en: "Fix", zh: "修复方法" },
  orElse: { en: "or", zh: "或者" },
  letter: { en: "For your network administrator (copy this)", zh: "发给网络管理员（可直接复制）" },
  unsure: { en: "This is {percent} % sure. The next best explanation", zh: "把握约 {percent}%。另一种可能" },
  also: { en: "Also found", zh: "另外发现" },
  skipped: { en: "Not looked at", zh: "未检查的项目" },
  needless: { en: "{count} that had nothing to look at here", zh: "{count} 项在此无需检查" },
  sources: { en: "Sources", zh: "参考资料" },
  confidence: { en: "confidence", zh: "把握" },
  counts: {
    en: "{total} checks in {seconds} s: {pass} ok, {warn} warnings, {fail} failed, {skip} not looked at.",
    zh: "共 {total} 项检查，用时 {seconds} 秒：{pass} 项正常，{warn} 项警告，{fail} 项失败，{skip} 项未检查。",
  },
  more: { en: "More:", zh: "更多用法：" },
  moreDeep: { en: "streaming, packet sizes, regions", zh: "流式传输、数据包大小、各区域" },
  moreReport: { en: "a page to send to IT", zh: "生成可发给 IT 的页面" },
  moreExplain: { en: "what this means", zh: "查看说明" },
  probes: { en: "Checks", zh: "检查项目" },
  environment: { en: "Settings that count", zh: "生效的设置" },
  timeline: { en: "Order and time", zh: "时间顺序" },
  report: { en: "Report of fairlead doctor", zh: "fairlead doctor 报告" },
  began: { en: "Examined", zh: "检查时间" },
  target: { en: "Target", zh: "目标" },
  machine: { en: "Machine", zh: "本机" },
  program: { en: "Program", zh: "程序" },
  way: { en: "Way", zh: "线路" },
  masked: {
    en: "Keys, tokens, the user's name and the host's name are masked.",
    zh: "密钥、令牌、用户名和主机名已隐去。",
  },
  status: { en: "Status", zh: "状态" },
  layer: { en: "Layer", zh: "层" },
  check: { en: "Check", zh: "检查" },
  time: { en: "Time", zh: "用时" },
  seen: { en: "Seen", zh: "结果" },
  name: { en: "Name", zh: "名称" },
  value: { en: "Value", zh: "值" },
  source: { en: "Where it is set", zh: "来源" },
  effective: { en: "Counts", zh: "是否生效" },
  yes: { en: "yes", zh: "是" },
  no: { en: "no", zh: "否" },
  running: { en: "looking: ", zh: "检查中：" },
  waiting: { en: "waiting", zh: "等待" },
  facts: { en: "facts", zh: "详细数据" },
} as const satisfies { readonly [name: string]: Words };

/** Fills `{name}` in. */
export function fill(text: string, values: { readonly [name: string]: string | number }): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
