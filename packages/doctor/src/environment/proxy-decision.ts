// What each program does about a proxy: which variables it reads, in which order, and what it cannot use.

import type { ClientName } from "../context.ts";
import type { ProxyDecision, Setting } from "./environment.ts";
import { bypassEntry, grammarOf } from "./no-proxy.ts";
import { hasScheme, type Leniency, parseProxy, textOf } from "./proxy-url.ts";

/** Gives the effective setting of a variable. Names are case-sensitive. */
export type Look = (name: string) => Setting | undefined;

/** Every variable that any of the programs takes a proxy from. */
export const PROXY_NAMES = [
  "https_proxy",
  "HTTPS_PROXY",
  "http_proxy",
  "HTTP_PROXY",
  "all_proxy",
  "ALL_PROXY",
] as const;

/** curl's port for a proxy without one (curl's manual, --proxy). */
const CURL_PORT = 1080;

/**
 * What a program would do for that address. Variables and order: Claude Code by its documentation on networks, Node by
 * undici's EnvHttpProxyAgent, Python by httpx over urllib's getproxies, curl by its manual.
 */
export function proxyDecision(
  client: ClientName,
  url: URL,
  look: Look,
  facts: { readonly nodeVersion: string },
): ProxyDecision {
  const tls = url.protocol === "https:";
  const set = PROXY_NAMES.map(look).find((one) => one !== undefined && textOf(one) !== "");
  if (client === "node" && !nodeReadsProxies(look, facts.nodeVersion))
    return set === undefined ? { use: "direct", why: "none-set" } : { use: "direct", why: "not-read", by: set };
  // Node reads both at its start and dies of either, whatever the address.
  if (client === "node")
    for (const setting of [
      first(["http_proxy", "HTTP_PROXY"], look, true),
      first(["https_proxy", "HTTPS_PROXY"], look, true),
    ]) {
      const wrong = setting === undefined ? undefined : wrongFor("node", textOf(setting), facts.nodeVersion);
      if (setting !== undefined && wrong !== undefined) return { use: "broken", by: setting, why: wrong };
    }
  const from = chosen(client, tls, look);
  if (from === undefined)
    return set === undefined ? { use: "direct", why: "none-set" } : { use: "direct", why: "not-read", by: set };
  const list = noProxy(client, look);
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  const past =
    list !== undefined &&
    bypassEntry(grammarOf(client, facts.nodeVersion), textOf(list), url.hostname, port, tls) !== undefined;
  const value = textOf(from);
  const wrong = wrongFor(client, value, facts.nodeVersion);
  // curl and Python look at the list first; Claude Code refuses its proxy before it looks at any address.
  if (past && (wrong === undefined || client === "curl" || client === "python"))
    return { use: "direct", why: "no-proxy", by: list };
  if (wrong !== undefined) return { use: "broken", by: from, why: wrong };
  const address = parseProxy(value, leniencyOf(client));
  if (typeof address === "string") return { use: "broken", by: from, why: address };
  const unnamed = client === "curl" && address.scheme === "http" && !/:\d+\/?$/.test(value.trim());
  return { use: "proxy", proxy: { from, ...address, port: unnamed ? CURL_PORT : address.port } };
}

/** True when Node goes by these variables at all: since 22.21 and 24.0, and only when told to. */
export function nodeReadsProxies(look: Look, nodeVersion: string): boolean {
  const asked = look("NODE_USE_ENV_PROXY");
  const options = look("NODE_OPTIONS");
  const byFlag = options !== undefined && /(?:^|\s)--use-env-proxy(?:\s|$)/.test(textOf(options));
  return nodeKnowsProxies(nodeVersion) && ((asked !== undefined && textOf(asked) === "1") || byFlag);
}

/** True for the Nodes that have NODE_USE_ENV_PROXY. */
export function nodeKnowsProxies(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split(".").map((part) => Number.parseInt(part, 10));
  return major >= 24 || (major === 22 && minor >= 21);
}

/** The setting of NO_PROXY that counts for the program. */
export function noProxy(client: ClientName, look: Look): Setting | undefined {
  return first(["no_proxy", "NO_PROXY"], look, client === "node" || client === "python");
}

/** `shadow`: an empty value in the first place hides those after it. */
function first(names: readonly string[], look: Look, shadow: boolean): Setting | undefined {
  for (const name of names) {
    const setting = look(name);
    if (setting === undefined) continue;
    if (textOf(setting) !== "") return setting;
    if (shadow) return undefined;
  }
  return undefined;
}

function chosen(client: ClientName, tls: boolean, look: Look): Setting | undefined {
  switch (client) {
    case "claude-code":
      return first(["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"], look, false);
    case "node": {
      const plain = first(["http_proxy", "HTTP_PROXY"], look, true);
      return tls ? (first(["https_proxy", "HTTPS_PROXY"], look, true) ?? plain) : plain;
    }
    case "python": {
      const own = tls ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
      return first(own, look, true) ?? first(["all_proxy", "ALL_PROXY"], look, true);
    }
    case "curl": {
      const own = tls ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"];
      return first([...own, "all_proxy", "ALL_PROXY"], look, false);
    }
  }
}

function leniencyOf(client: ClientName): Leniency {
  if (client === "curl") return { bare: true, percent: true, oneAt: true };
  return { bare: client === "python", percent: client !== "node" };
}

/** Why the program cannot use that value; undefined when it can. */
function wrongFor(client: ClientName, value: string, nodeVersion: string): string | undefined {
  const address = parseProxy(value, leniencyOf(client));
  if (typeof address === "string") return address;
  if (address.scheme === "http" || address.scheme === "https") return undefined;
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(value)?.[1]?.toLowerCase() ?? "";
  if (address.scheme === "other") return hasScheme(value) ? "scheme-unknown" : "scheme-missing";
  switch (client) {
    case "claude-code":
      return "socks-unsupported";
    case "node":
      return Number.parseInt(nodeVersion, 10) >= 24 && (scheme === "socks5" || scheme === "socks")
        ? undefined
        : "socks-unsupported";
    case "python":
      return address.scheme === "socks4" ? "socks-unsupported" : undefined;
    case "curl":
      return undefined;
  }
}
