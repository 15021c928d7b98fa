// What is wrong with a setting in a few words, for the line of its probe; rules say the rest.

import type { Lint } from "../facts/environment.ts";
import type { Words } from "../words.ts";

const PROBLEMS: { readonly [problem: string]: Words } = {
  none: { en: "none found", zh: "未找到凭据" },
  empty: { en: "set, but empty", zh: "已设置但为空" },
  placeholder: { en: "a placeholder", zh: "仍是占位符" },
  quoted: { en: "has quotation marks in it", zh: "含有引号" },
  "bearer-typed": { en: "begins with a name that does not belong there", zh: "多写了名称或前缀" },
  "bad-characters": { en: "holds a character that does not belong there", zh: "含有异常字符" },
  whitespace: { en: "has a blank or line end at its edge", zh: "首尾有空白" },
  "wrong-variable": { en: "is an OAuth token, not an API key", zh: "是 OAuth 令牌而不是 API key" },
  conflict: { en: "a token and a key are both set", zh: "同时设置了令牌和密钥" },
  "managed-helper": { en: "comes before the OAuth token", zh: "优先于 OAuth 令牌" },
  "helper-missing": { en: "names a program that cannot be run", zh: "指向的程序无法运行" },
  "helper-not-found": { en: "names a program that is not on the PATH", zh: "指向的程序不在 PATH 中" },
  "custom-headers": { en: "has a line that is no header", zh: "有一行不是请求头" },
  reference: { en: "a reference that nothing fills in", zh: "含有未替换的引用" },
  "full-width": { en: "holds full-width characters", zh: "含有全角字符" },
  "no-scheme": { en: "lacks http:// or https://", zh: "缺少 http:// 或 https://" },
  "bad-scheme": { en: "is neither http nor https", zh: "协议不是 http 或 https" },
  unparsable: { en: "is no URL", zh: "不是有效的 URL" },
  query: { en: "has a query or fragment", zh: "带有查询参数或片段" },
  twice: { en: "holds two addresses, one behind the other", zh: "重复写了两遍 https://" },
  invisible: { en: "holds an invisible character", zh: "含有不可见字符" },
  "cloud-missing": { en: "is not set", zh: "没有设置" },
  "cloud-form": { en: "is not written as the cloud does", zh: "写法不符合云平台的格式" },
  "user-in-url": { en: "holds a name and password", zh: "含有用户名和密码" },
  "has-path": { en: "holds the path that programs add", zh: "多写了程序会自动添加的路径" },
  "web-page": { en: "is a web site, not the API", zh: "是网站而不是 API" },
  typo: { en: "looks like a misspelt api.anthropic.com", zh: "像是 api.anthropic.com 的误写" },
  "plain-http": { en: "goes over a public network in clear", zh: "在公网上明文传输" },
  "is-proxy": { en: "is the address of the proxy", zh: "是代理的地址" },
  broken: { en: "cannot be read", zh: "无法读取" },
  "timeout-overflow": { en: "is too large for a timer", zh: "超出计时器上限" },
  "timeout-no-number": { en: "is no number of milliseconds", zh: "不是毫秒数" },
  "timeout-short": { en: "is short for milliseconds", zh: "作为毫秒数过短" },
  unverified: { en: "switches verification off", zh: "关闭了证书验证" },
  "node-options": { en: "would keep Node from starting", zh: "会使 Node 无法启动" },
  "retired-host": { en: "is a host that is gone", zh: "是已停用的域名" },
};

/** Such as `ANTHROPIC_API_KEY (shell): has quotation marks in it`. */
export function problemWords({ name, where, problem }: Lint): Words {
  const words = PROBLEMS[problem] ?? { en: problem, zh: problem };
  const place = where === name || where.startsWith(`${name} `) ? where : `${name} (${where})`;
  return { en: `${place}: ${words.en}`, zh: `${place.replace(" (", "（").replace(/\)$/, "）")}：${words.zh}` };
}
