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

/** What a program lets pass in a value. */
export interface Leniency {
  /** Without a scheme it counts as http. */
  readonly bare?: boolean;
  /** A percent sign that escapes nothing stands for itself. */
  readonly percent?: boolean;
  /** Only one @ may be in it: the password ends at the first. */
  readonly oneAt?: boolean;
}

/** True when quotation marks became a part of the value. */
export function isQuoted(value: string): boolean {
  return /^\s*["'`\u2018-\u201d]|["'`\u2018-\u201d]\s*$/.test(value);
}

/** The value as it was meant, with a scheme and without what was pasted along; undefined where that cannot be guessed. */
export function repairedProxy(value: string): string | undefined {
  const text = value
    .replace(/[\uff01-\uff5e]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .replaceAll("\u3002", ".")
    .replace(/["'`\u2018-\u201d\s]/g, "")
    .replace(/^(https?|socks[45]?[ah]?)(?::\/*|\/\/)(?=[^/]*[^/\d])/i, "$1://");
  const whole = hasScheme(text) ? text : `http://${text}`;
  const address = parseProxy(whole);
  return typeof address === "string" || address.scheme === "other" ? undefined : whole;
}

/** Takes a value apart; a text says why it cannot be: quoted, scheme-missing, not-a-url, host-missing, bad-escape. */
export function parseProxy(value: string, lenient: Leniency = {}): ProxyAddress | string {
  if (isQuoted(value)) return "quoted";
  if (!hasScheme(value) && lenient.bare !== true) return "scheme-missing";
  let url: URL;
  try {
    url = new URL(hasScheme(value) ? value : `http://${value.trim()}`);
  } catch {
    return "not-a-url";
  }
  if (lenient.oneAt === true && value.split("@").length > 2) return "not-a-url";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "") return "host-missing";
  const scheme = schemeOf(url.protocol);
  const port = url.port === "" ? (PORTS[url.protocol] ?? SOCKS_PORT) : Number(url.port);
  const pair = pairOf(url, lenient.percent === true);
  if (pair === undefined) return "bad-escape";
  if (pair === ":") return { scheme, host, port };
  return { scheme, host, port, authorization: new Secret(`Basic ${Buffer.from(pair).toString("base64")}`) };
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

function pairOf(url: URL, lenient: boolean): string | undefined {
  const decode = (text: string) => decodeURIComponent(lenient ? text.replace(/%(?![0-9a-f]{2})/gi, "%25") : text);
  try {
    return `${decode(url.username)}:${decode(url.password)}`;
  } catch {
    return undefined;
  }
}
