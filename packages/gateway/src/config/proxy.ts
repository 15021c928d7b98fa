// Which proxy an upstream is reached through, from the usual environment variables or as written.

import { BlockList, isIP } from "node:net";
import type { Environment } from "./secrets.ts";

/** `url` is undefined for a direct connection. */
export type ProxyChoice = { readonly url?: string } | { readonly message: string };

/**
 * Resolves `env`, `none` or an address for an upstream. From the environment: HTTPS_PROXY for https, HTTP_PROXY for
 * http (lower case wins, as in curl), none for what NO_PROXY lists and none for loopback, as in Go's net/http.
 */
export function chooseProxy(setting: string, upstream: URL, env: Environment): ProxyChoice {
  if (setting === "none") return {};
  if (setting !== "env") return checkProxy(setting, "");
  const name = upstream.protocol === "https:" ? "https_proxy" : "http_proxy";
  const source = env[name] ? name : name.toUpperCase();
  const value = env[source];
  if (value === undefined || value === "" || isLoopback(upstream.hostname)) return {};
  if (bypasses(upstream, env.no_proxy || env.NO_PROXY || "")) return {};
  return checkProxy(value.includes("://") ? value : `http://${value}`, ` (from the environment variable ${source})`);
}

function checkProxy(text: string, source: string): ProxyChoice {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { message: `must be env, none, or an address such as http://proxy.example:3128${source}` };
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return {
      message: `${url.protocol.slice(0, -1)} proxies are not supported${source}; name an http:// or https:// proxy, or none`,
    };
  }
  return { url: url.href };
}

/** True for localhost, 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare.endsWith(".localhost") || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** NO_PROXY: `*`, host names (their subdomains too), host:port, addresses and CIDR blocks, by commas or blanks. */
function bypasses(upstream: URL, list: string): boolean {
  const host = upstream.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = upstream.port || (upstream.protocol === "https:" ? "443" : "80");
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const block = /^(.+)\/(\d{1,3})$/.exec(entry);
  if (block !== null) return inBlock(block[1] as string, Number(block[2]), host);
  let name = entry;
  const withPort = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry);
  if (withPort !== null) {
    if (withPort[2] !== port) return false;
    name = withPort[1] as string;
  }
  name = name.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function inBlock(net: string, bits: number, host: string): boolean {
  const family = isIP(net);
  if (family === 0 || isIP(host) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(net, bits, family === 4 ? "ipv4" : "ipv6");
  return list.check(host, family === 4 ? "ipv4" : "ipv6");
}
