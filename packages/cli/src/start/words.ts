// The words of the start screen, in English and Chinese.

/** What the screen says. */
export interface Words {
  readonly up: string;
  readonly address: string;
  readonly key: string;
  readonly upstream: string;
  readonly anthropic: string;
  readonly simulated: string;
  readonly region: string;
  readonly metrics: string;
  readonly log: string;
  readonly paste: string;
  readonly curl: string;
  readonly curlStream: string;
  readonly sdk: string;
  readonly claudeCode: string;
  readonly breakIt: string;
  readonly stop: string;
  readonly draining: (streams: string) => string;
  readonly stopped: string;
}

export type Language = "en" | "zh";

export const WORDS: { readonly [L in Language]: Words } = {
  en: {
    up: "Fairlead is up",
    address: "Address",
    key: "Key",
    upstream: "Upstream",
    anthropic: "api.anthropic.com with the key in ANTHROPIC_API_KEY: what you ask is billed there",
    simulated: "simulated Claude, no ANTHROPIC_API_KEY is set: answers are made up, nothing is billed",
    region: "region",
    metrics: "Metrics",
    log: "Log",
    paste: "Paste one of these into another terminal",
    curl: "curl",
    curlStream: "curl, streamed",
    sdk: "TypeScript SDK (installs it into a temporary folder)",
    claudeCode: "Claude Code (without -p: a session)",
    breakIt: "Break the first region three times; the answers keep coming",
    stop: "Ctrl-C stops it.",
    draining: (url) => `Stopping: no new requests at ${url}, answers under way finish. Ctrl-C again cuts them.`,
    stopped: "Stopped.",
  },
  zh: {
    up: "Fairlead 已启动",
    address: "地址",
    key: "密钥",
    upstream: "上游",
    anthropic: "api.anthropic.com，使用 ANTHROPIC_API_KEY 中的密钥：请求会在那里计费",
    simulated: "模拟的 Claude（未设置 ANTHROPIC_API_KEY）：回答是编造的，不产生费用",
    region: "区域",
    metrics: "指标",
    log: "日志",
    paste: "把下面任意一段粘贴到另一个终端",
    curl: "curl",
    curlStream: "curl，流式",
    sdk: "TypeScript SDK（安装到临时文件夹）",
    claudeCode: "Claude Code（去掉 -p 即为会话）",
    breakIt: "让第一个区域失败三次，回答照常到达",
    stop: "按 Ctrl-C 停止。",
    draining: (url) => `正在停止：${url} 不再接受新请求，进行中的回答会完成。再按一次 Ctrl-C 立即中断。`,
    stopped: "已停止。",
  },
};

/** The language of the surroundings: Chinese where LC_ALL, LC_MESSAGES or LANG says so, else English. */
export function languageOf(env: { readonly [name: string]: string | undefined }): Language {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return /^zh([_.-]|$)/i.test(locale) ? "zh" : "en";
}
