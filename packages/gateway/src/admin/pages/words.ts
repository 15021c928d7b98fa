// The words of the pages, in English and Chinese.

/** Languages of the pages. */
export type Language = "en" | "zh";

/** What the pages say. */
export interface PageWords {
  readonly signIn: string;
  readonly signInKey: string;
  readonly signInProvider: string;
  readonly key: string;
  readonly keyHint: string;
  readonly signedIn: string;
  readonly signedInAs: (who: string) => string;
  readonly signedOut: string;
  readonly signOut: string;
  readonly device: string;
  readonly deviceIntro: string;
  readonly code: string;
  readonly next: string;
  readonly asks: (client: string) => string;
  readonly from: (address: string) => string;
  readonly mayDo: string;
  readonly scope: { readonly [scope: string]: string };
  readonly models: (patterns: string) => string;
  readonly project: string;
  readonly onlyYou: string;
  readonly approve: string;
  readonly refuse: string;
  readonly approved: string;
  readonly approvedMore: string;
  readonly refused: string;
  readonly error: string;
  readonly again: string;
}

/** By language. */
export const PAGE_WORDS: { readonly [L in Language]: PageWords } = {
  en: {
    signIn: "Sign in",
    signInKey: "Sign in with an admin key",
    signInProvider: "Sign in with your organisation's account",
    key: "Admin key",
    keyHint:
      "Made by fairlead keys create --admin-key. On the gateway's own machine it is in the file admin.key of its data folder.",
    signedIn: "Signed in",
    signedInAs: (who) => `You are signed in as ${who}.`,
    signedOut: "You are signed out.",
    signOut: "Sign out",
    device: "Approve a sign-in",
    deviceIntro: "Enter the code that the other device shows.",
    code: "Code",
    next: "Continue",
    asks: (client) => `${client} asks to be signed in.`,
    from: (address) => `The request came from ${address}.`,
    mayDo: "It will be able to, in your name:",
    scope: {
      messages: "send messages to Claude",
      batches: "use message batches",
      files: "use files",
      "admin:read": "read what the admin address shows",
      "admin:write": "change settings at the admin address",
    },
    models: (patterns) => `with these models only: ${patterns}`,
    project: "Project that is charged",
    onlyYou: "Approve only if you started this yourself just now, and the code is the one that your own device shows.",
    approve: "Approve",
    refuse: "Refuse",
    approved: "Approved",
    approvedMore: "You can close this page. The device goes on by itself within a few seconds.",
    refused: "Refused. The device was not signed in.",
    error: "This did not work",
    again: "Try again",
  },
  zh: {
    signIn: "登录",
    signInKey: "使用管理密钥登录",
    signInProvider: "使用组织账号登录",
    key: "管理密钥",
    keyHint: "由 fairlead keys create --admin-key 生成。在网关所在的机器上，可在其数据目录的 admin.key 文件中找到。",
    signedIn: "已登录",
    signedInAs: (who) => `当前登录身份：${who}。`,
    signedOut: "已退出登录。",
    signOut: "退出登录",
    device: "批准设备登录",
    deviceIntro: "请输入另一台设备上显示的代码。",
    code: "代码",
    next: "继续",
    asks: (client) => `${client} 请求登录。`,
    from: (address) => `请求来自 ${address}。`,
    mayDo: "批准后，它可以以您的名义：",
    scope: {
      messages: "向 Claude 发送消息",
      batches: "使用消息批处理",
      files: "使用文件",
      "admin:read": "读取管理地址的内容",
      "admin:write": "在管理地址更改设置",
    },
    models: (patterns) => `仅限以下模型：${patterns}`,
    project: "计费项目",
    onlyYou: "仅当这是您本人刚刚发起、且代码与您自己设备上显示的一致时才批准。",
    approve: "批准",
    refuse: "拒绝",
    approved: "已批准",
    approvedMore: "可以关闭此页面，设备将在几秒内自动继续。",
    refused: "已拒绝，设备未登录。",
    error: "操作未成功",
    again: "重试",
  },
};

/** The language that a browser prefers of these, by its `Accept-Language` (RFC 9110 12.5.4); English when it says nothing. */
export function languageFor(accept: string | undefined): Language {
  let best: { readonly language: Language; readonly q: number } = { language: "en", q: 0 };
  for (const part of (accept ?? "").split(",").slice(0, 20)) {
    const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
    const language = /^zh\b/.test(range) ? "zh" : /^en\b/.test(range) ? "en" : undefined;
    const weight = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find((one) => one !== undefined);
    const q = weight === undefined ? 1 : Number(weight);
    if (language !== undefined && q > best.q) best = { language, q };
  }
  return best.language;
}
