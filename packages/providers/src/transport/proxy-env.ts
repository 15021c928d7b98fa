// Which proxy the usual environment variables name for a URL, as curl and most programs read them.

import { BlockList, isIP } from "node:net";

/** Variables by name; upper and lower case spellings are looked up, lower case first. */
export type Environment = { readonly [name: string]: string | undefined };

/**
 * The proxy URL for `url`, or undefined for a direct connection. Reads `https_proxy`/`HTTPS_PROXY` for https,
 * `http_proxy` (lower case only when REQUEST_METHOD is set, the CGI rule) and `HTTP_PROXY` for http, then
 * `all_proxy`/`ALL_PROXY`, unless `no_proxy`/`NO_PROXY` exempts the host. A value without a scheme means http.
 */
export function proxyFor(url: string, env: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === "https:";
  const named = secure
    ? first(env, ["https_proxy", "HTTPS_PROXY"])
    : first(env, env.REQUEST_METHOD === undefined ? ["http_proxy", "HTTP_PROXY"] : ["http_proxy"]);
  const proxy = named ?? first(env, ["all_proxy", "ALL_PROXY"]);
  if (proxy === undefined) return undefined;
  const exempt = first(env, ["no_proxy", "NO_PROXY"]) ?? "";
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (exempted(exempt, host, port === "" ? (secure ? 443 : 80) : Number(port))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function first(env: Environment, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** Whether a NO_PROXY list (commas or blanks) exempts the host: `*`, names with their subdomains, `host:port`, addresses, CIDR blocks. */
function exempted(list: string, host: string, port: number): boolean {
  for (const raw of list.split(/[\s,]+/)) {
    let entry = raw.toLowerCase();
    if (entry === "") continue;
    if (entry === "*") return true;
    const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
    if (withPort !== null) {
      if (Number(withPort[2]) !== port) continue;
      entry = withPort[1] as string;
    }
    entry = entry.replace(/^\[|\]$/g, "");
    if (entry.includes("/")) {
      if (inBlock(entry, host)) return true;
      continue;
    }
    entry = entry.replace(/^\*?\./, "");
    if (host === entry || (isIP(host) === 0 && host.endsWith(`.${entry}`))) return true;
  }
  return false;
}

function inBlock(entry: string, host: string): boolean {
  const family = isIP(host);
  const [address, bits] = entry.split("/") as [string, string];
  if (family === 0 || isIP(address) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const block = new BlockList();
  const kind = family === 4 ? "ipv4" : "ipv6";
  block.addSubnet(address, Number(bits), kind);
  return block.check(host, kind);
}
