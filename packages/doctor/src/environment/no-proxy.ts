// The grammars of NO_PROXY: every program reads the same list in its own way.

import { isIP } from "node:net";
import type { ClientName } from "../context.ts";

/** Programs and the versions in which their grammar changed. `node-https` is Node's http and https modules beside fetch. */
export type Grammar = "bun" | "node-fetch-22" | "node-fetch" | "node-https" | "httpx" | "curl";

/** The grammar a program uses for the requests of an SDK. Node's fetch learned bare suffixes with version 24. */
export function grammarOf(client: ClientName, nodeVersion: string): Grammar {
  switch (client) {
    case "claude-code":
      return "bun";
    case "python":
      return "httpx";
    case "curl":
      return "curl";
    case "node":
      return Number.parseInt(nodeVersion, 10) >= 24 ? "node-fetch" : "node-fetch-22";
  }
}

/** The entry of the list that lets this host past the proxy; undefined = it goes through the proxy. */
export function bypassEntry(
  grammar: Grammar,
  list: string,
  host: string,
  port: number,
  tls: boolean,
): string | undefined {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "");
  // fetch takes a star only for the whole list; the others for any entry of it.
  if (list.trim() === "*") return "*";
  for (const entry of entriesOf(grammar, list)) if (matches(grammar, entry, name, port, tls)) return entry;
  return undefined;
}

/** The list's entries as that program splits them. */
export function entriesOf(grammar: Grammar, list: string): readonly string[] {
  const separator = grammar === "httpx" || grammar === "node-https" ? /,/ : /[,\s]+/;
  return list
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function matches(grammar: Grammar, entry: string, host: string, port: number, tls: boolean): boolean {
  switch (grammar) {
    case "curl":
      return byCurl(entry.toLowerCase(), host);
    case "httpx":
      return byHttpx(entry.toLowerCase(), host, port, tls);
    case "node-fetch-22":
    case "node-https":
      return byExactNode(entry.toLowerCase(), host, port, grammar);
    case "bun":
    case "node-fetch":
      return bySuffix(entry.toLowerCase(), host, port, grammar === "bun");
  }
}

/** Splits host:port; an address of IPv6 without brackets has no port. */
function portOf(entry: string): { name: string; port: number | undefined } {
  if (isIP(entry) === 6) return { name: entry, port: undefined };
  const found = /^(.+):(\d+)$/.exec(entry);
  if (found === null) return { name: entry.replace(/^\[|\]$/g, ""), port: undefined };
  return { name: (found[1] as string).replace(/^\[|\]$/g, ""), port: Number(found[2]) };
}

function isUnder(host: string, suffix: string): boolean {
  return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}

/** A leading dot or star is decoration: the name and everything under it. */
function bySuffix(entry: string, host: string, port: number, star: boolean): boolean {
  if (entry === "*") return star;
  const { name, port: only } = portOf(entry);
  if (only !== undefined && only !== port) return false;
  return isUnder(host, name.replace(/^\*?\./, ""));
}

/** A suffix counts only with a dot or a star before it. */
function byExactNode(entry: string, host: string, port: number, grammar: Grammar): boolean {
  if (entry === "*") return grammar === "node-https" || grammar === "node-fetch-22";
  const { name, port: only } = portOf(entry);
  if (only !== undefined && only !== port) return false;
  if (grammar === "node-https" && name.includes("-") && isIP(host) === 4) return inRange(name, host);
  if (!/^[.*]/.test(name)) return host === name;
  return host.endsWith(name.replace(/^\*/, "")) || host === name.replace(/^\*?\./, "");
}

/**
 * httpx makes a pattern of each entry by putting a star before it, which spoils entries that bring a star, and compares
 * ports with one that is left out for the scheme's own.
 */
function byHttpx(entry: string, host: string, port: number, tls: boolean): boolean {
  if (entry === "*") return true;
  const text = entry.includes("://") ? entry.slice(entry.indexOf("://") + 3) : entry;
  if (entry.startsWith("http://") && tls) return false;
  if (entry.startsWith("https://") && !tls) return false;
  const { name: raw, port: only } = portOf(text);
  const written = port === (tls ? 443 : 80) ? undefined : port;
  if (only !== undefined && only !== written) return false;
  const name = raw.split("/")[0] as string;
  if (isIP(name) !== 0 || name === "localhost" || entry.includes("://")) return host === name;
  if (name.startsWith(".")) return host.endsWith(name);
  return isUnder(host, name);
}

/** Names with everything under them, addresses, and ranges since 7.86; neither stars nor ports. */
function byCurl(entry: string, host: string): boolean {
  if (entry === "*") return false;
  const family = isIP(host);
  if (family !== 0) return inBlock(entry.replace(/^\[|\]$/g, ""), host, family);
  return isUnder(host, entry.replace(/^\./, "").replace(/\.$/, ""));
}

function inBlock(block: string, host: string, family: number): boolean {
  const [address, bits] = block.split("/") as [string, string?];
  if (isIP(address) !== family) return false;
  if (bits === undefined || family === 6) return address === host;
  const length = Number(bits);
  const mask = length === 0 ? 0 : (~0 << (32 - length)) >>> 0;
  return (numberOf(address) & mask) >>> 0 === (numberOf(host) & mask) >>> 0;
}

function inRange(range: string, host: string): boolean {
  const [from, to] = range.split("-") as [string, string];
  if (isIP(from) !== 4 || isIP(to) !== 4) return false;
  return numberOf(host) >= numberOf(from) && numberOf(host) <= numberOf(to);
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
