// Which proxy an upstream is reached through, from the usual environment variables or as written.

import { proxyFor } from "@fairlead/providers/transport";
import type { Environment } from "./secrets.ts";

/** `url` is undefined for a direct connection. */
export type ProxyChoice = { readonly url?: string } | { readonly message: string };

/**
 * Resolves `env`, `none` or an address for an upstream. From the environment as curl reads it, except that loopback is
 * always reached directly, as in Go's net/http: no proxy can reach this machine's own loopback.
 */
export function chooseProxy(setting: string, upstream: URL, env: Environment): ProxyChoice {
  if (setting === "none") return {};
  if (setting !== "env") return checkProxy(setting, "");
  const found = isLoopback(upstream.hostname) ? undefined : proxyFor(upstream.href, env);
  return found === undefined
    ? {}
    : checkProxy(found, " (from the environment, see HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)");
}

function checkProxy(text: string, source: string): ProxyChoice {
  if (!URL.canParse(text)) {
    return { message: `must be env, none, or an address such as http://proxy.example:3128${source}` };
  }
  const url = new URL(text);
  if (url.protocol === "http:") return { url: url.href };
  const kind = url.protocol.slice(0, -1);
  return { message: `${kind} proxies are not supported${source}; name an http:// proxy, or write none` };
}

/** True for localhost, 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare.endsWith(".localhost") || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}
