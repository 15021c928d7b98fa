// The value of a proxy variable, read as programs read it: scheme, host, port, name and password.

import { Secret } from "../secret.ts";
import type { ProxyChoice, Setting } from "./environment.ts";

/** What a proxy's value says once it has been taken apart. */
export interface ProxyAddress {
  readonly scheme: ProxyChoice["scheme"];
  readonly host: string;
  readonly port: number;
  readonly authorization?: Secret;
}

/** Ports of each scheme when the value names none: RFC 9110 for http and https, RFC 1928 for SOCKS. */
const PORTS: { readonly [scheme: string]: number } = { "http:": 80, "https:": 443 };
const SOCKS_PORT = 1080;

/** Text of a setting, revealed where it is a secret. */
export function textOf(setting: Setting): string {
  return typeof setting.value === "string" ? setting.value : setting.value.reveal();
}

/** True when the value names a scheme. `localhost:1234` names none, though a URL parser takes `localhost:` for one. */
export function hasScheme(value: string): boolean {
  return /^\s*[a-z][a-z0-9+.-]*:\/\//i.test(value);
}

/** Takes a value apart; a text says why it cannot be. `bare`: without a scheme it counts as http, as curl and Python read it. */
export function parseProxy(value: string, bare = false): ProxyAddress | string {
  if (!hasScheme(value) && !bare) return "scheme-missing";
  let url: URL;
  try {
    url = new URL(hasScheme(value) ? value : `http://${value.trim()}`);
  } catch {
    return "not-a-url";
  }
  // Schemes that a URL parser does not know keep their host as it is typed: an empty one is no address.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "") return "host-missing";
  const scheme = schemeOf(url.protocol);
  const port = url.port === "" ? (PORTS[url.protocol] ?? SOCKS_PORT) : Number(url.port);
  const authorization = authorizationOf(url);
  if (authorization === "bad-escape") return authorization;
  return { scheme, host, port, ...(authorization === undefined ? {} : { authorization }) };
}

function schemeOf(protocol: string): ProxyChoice["scheme"] {
  switch (protocol) {
    case "http:":
      return "http";
    case "https:":
      return "https";
    case "socks5:":
    case "socks:":
      return "socks5";
    case "socks5h:":
      return "socks5h";
    case "socks4:":
    case "socks4a:":
      return "socks4";
    default:
      return "other";
  }
}

function authorizationOf(url: URL): Secret | undefined | "bad-escape" {
  if (url.username === "" && url.password === "") return undefined;
  try {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return new Secret(`Basic ${Buffer.from(pair).toString("base64")}`);
  } catch {
    return "bad-escape";
  }
}
