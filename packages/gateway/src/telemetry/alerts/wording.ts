// Alerts in words, English and Chinese. Labels are names of ours; whoever prints them into markup escapes them.

import type { Alert, AlertState, Severity, Watched } from "./alert.ts";
import type { Language } from "./alert-options.ts";

const WATCHED_WORDS: { readonly [W in Watched]: { readonly [L in Language]: string } } = {
  success_rate: { en: "success rate", zh: "成功率" },
  latency: { en: "latency", zh: "延迟" },
  spend: { en: "spend", zh: "花费" },
  spend_rate: { en: "spend compared with before", zh: "花费增幅" },
  budget: { en: "used of the budget", zh: "预算的已用比例" },
  request_tokens: { en: "tokens of one request", zh: "单个请求的 token 数" },
  unusual_day: { en: "spend of today, which is unusual", zh: "今日花费异常" },
  upstream_down: { en: "upstream out of service", zh: "上游不可用" },
  spool: { en: "used of the ledger's spool", zh: "账本缓冲的已用比例" },
  store_down: { en: "store down", zh: "存储不可用" },
  expiry: { en: "time left until it lapses", zh: "距过期的剩余时间" },
  secret_stale: { en: "time since secrets were last read", zh: "距上次成功读取密钥的时间" },
};

const STATE_WORDS: { readonly [S in AlertState]: { readonly [L in Language]: string } } = {
  firing: { en: "Alert", zh: "告警" },
  again: { en: "Still", zh: "持续告警" },
  resolved: { en: "Over", zh: "已恢复" },
  event: { en: "Note", zh: "事件" },
};

const SEVERITY_WORDS: { readonly [S in Severity]: { readonly [L in Language]: string } } = {
  info: { en: "info", zh: "提示" },
  warning: { en: "warning", zh: "警告" },
  critical: { en: "critical", zh: "严重" },
};

const LABEL_WORDS: { readonly [label: string]: string } = {
  project: "项目",
  upstream: "上游",
  model: "模型",
  store: "存储",
  limit: "限额",
  manager: "密钥管理器",
  key: "密钥",
  request: "请求",
  kind: "类型",
  name: "名称",
  per: "周期",
  of: "指标",
  quantile: "分位",
  state: "状态",
  usd: "美元",
  median: "中位数(美元)",
  days: "参考天数",
};

/** Rules that speak of too little instead of too much. */
const BELOW: ReadonlySet<Watched> = new Set(["success_rate", "expiry"]);

/** `Alert (critical): success rate of upstream east is 82.1 %, below 95 %`. */
export function sentence(alert: Alert, language: Language): string {
  const { watched, state, severity, unit } = alert;
  const what = WATCHED_WORDS[watched][language];
  const who = labelText(alert, language);
  const value = amount(alert.value, unit, language);
  const threshold = amount(alert.threshold, unit, language);
  const lead = STATE_WORDS[state][language];
  const lasted = state === "event" || state === "firing" ? "" : duration((alert.at - alert.since) / 1_000, language);
  if (language === "zh") {
    const head = `${lead}(${SEVERITY_WORDS[severity].zh}):${what}${who === "" ? "" : `(${who})`}`;
    const now = unit === "state" ? "" : `,当前 ${value},阈值 ${BELOW.has(watched) ? "下限" : "上限"} ${threshold}`;
    return `${head}${now}${lasted === "" ? "" : `,已持续 ${lasted}`}`;
  }
  const head = `${lead} (${severity}): ${what}${who === "" ? "" : ` (${who})`}`;
  const now =
    unit === "state"
      ? ""
      : state === "resolved"
        ? ` is ${value}, threshold ${threshold}`
        : ` is ${value}, ${BELOW.has(watched) ? "below" : "above"} ${threshold}`;
  return `${head}${now}${lasted === "" ? "" : `, for ${lasted}`}`;
}

/** `Fairlead: 2 alerts, 1 over`: the first line of a message. */
export function title(alerts: readonly Alert[], language: Language, test = false): string {
  const over = alerts.filter(({ state }) => state === "resolved").length;
  const on = alerts.length - over;
  if (test) return language === "zh" ? "Fairlead:测试消息" : "Fairlead: a test message";
  const parts =
    language === "zh"
      ? [on > 0 ? `${on} 条告警` : "", over > 0 ? `${over} 条已恢复` : ""]
      : [on > 0 ? `${on} ${on === 1 ? "alert" : "alerts"}` : "", over > 0 ? `${over} over` : ""];
  const separator = language === "zh" ? "," : ", ";
  return `Fairlead${language === "zh" ? ":" : ": "}${parts.filter((one) => one !== "").join(separator)}`;
}

/** How many more there are than the message tells. */
export function moreText(count: number, language: Language): string {
  return language === "zh" ? `另有 ${count} 条` : `and ${count} more`;
}

/** The severity that colours a message: the worst of what is not over, or none. */
export function worst(alerts: readonly Alert[]): Severity | undefined {
  const on = alerts.filter(({ state }) => state !== "resolved").map(({ severity }) => severity);
  return (["critical", "warning", "info"] as const).find((one) => on.includes(one));
}

function labelText({ labels }: Alert, language: Language): string {
  return Object.entries(labels)
    .map(([name, value]) => `${language === "zh" ? (LABEL_WORDS[name] ?? name) : name} ${value}`)
    .join(language === "zh" ? "," : ", ");
}

function amount(value: number, unit: Alert["unit"], language: Language): string {
  switch (unit) {
    case "share":
      return `${Math.round(value * 1_000) / 10} %`;
    case "usd":
      return language === "zh" ? `${value.toFixed(2)} 美元` : `${value.toFixed(2)} USD`;
    case "tokens":
      return `${Math.round(value).toLocaleString("en-US")}`;
    case "seconds":
      return duration(value, language);
    case "factor":
      return language === "zh" ? `${value.toFixed(1)} 倍` : `${value.toFixed(1)} times`;
    default:
      return String(value);
  }
}

function duration(seconds: number, language: Language): string {
  const [s, min, h, d] = language === "zh" ? ["秒", "分钟", "小时", "天"] : ["s", "min", "h", "days"];
  const size = Math.abs(seconds);
  const show = (value: number, word: string | undefined) => `${Math.round(value * 10) / 10} ${word}`;
  if (size < 120) return show(seconds, s);
  if (size < 7_200) return show(seconds / 60, min);
  return size < 172_800 ? show(seconds / 3_600, h) : show(seconds / 86_400, d);
}
