// What is set where, and which value counts: the shape of what `read-environment.ts` gathers.

import type { ClientName } from "../context.ts";
import type { Secret } from "../secret.ts";

/** Where a value was found. */
export interface Source {
  readonly kind:
    | "shell"
    | "shell-profile"
    | "claude-managed"
    | "claude-user"
    | "claude-project"
    | "claude-local"
    | "dotenv"
    | "npm"
    | "git"
    | "curl"
    | "system"
    | "ide"
    | "default";
  /** File, when it is one. For `shell` the profile whose line says the same. */
  readonly path?: string;
  /** The same with `~` for the home folder, to be shown. */
  readonly shown?: string;
  /** Line in it, from 1. */
  readonly line?: number;
}

/** One value of one name in one place. Everything that may hold a secret (keys, tokens, proxy URLs, headers) is a Secret. */
export interface Setting {
  readonly name: string;
  readonly value: string | Secret;
  readonly source: Source;
}

/** A name with all places that set it. */
export interface Variable {
  readonly name: string;
  /** What the program will use; undefined when no place that it reads sets it. */
  readonly effective: Setting | undefined;
  /** All places, strongest first, those that the program does not read included. */
  readonly all: readonly Setting[];
}

/** How the program chooses its proxy for one address. */
export interface ProxyChoice {
  /** Variable or setting it came from, such as HTTPS_PROXY. */
  readonly from: Setting;
  readonly scheme: "http" | "https" | "socks5" | "socks5h" | "socks4" | "other";
  readonly host: string;
  readonly port: number;
  /** `Basic …` for Proxy-Authorization; undefined when the URL holds no name. */
  readonly authorization?: Secret;
}

/** What a program would do about a proxy. */
export type ProxyDecision =
  | { readonly use: "direct"; readonly why: "none-set" | "no-proxy" | "not-read"; readonly by?: Setting }
  | { readonly use: "proxy"; readonly proxy: ProxyChoice }
  /** It would not start, or would fail before a byte is sent: the value cannot be used. */
  | { readonly use: "broken"; readonly by: Setting; readonly why: string };

/** What gets sent as the credential. */
export interface Credential {
  readonly setting: Setting;
  readonly header: "x-api-key" | "authorization";
  readonly secret: Secret;
  readonly kind: "api-key" | "oauth-token" | "gateway-key" | "jwt" | "other";
}

/** Everything read before the first packet. */
export interface Environment {
  /** As which program the doctor goes, and how it was chosen. */
  readonly client: ClientName;
  readonly clientChosen: "asked" | "detected" | "default";
  /** Version of that program where it can be had, such as 2.1.239. */
  readonly clientVersion?: string;
  /** File or folder that says so. */
  readonly clientVersionFrom?: string;
  readonly variables: ReadonlyMap<string, Variable>;
  /** The credentials the program has, the one that it uses first. */
  readonly credentials: readonly Credential[];
  /** `apiKeyHelper` of the settings, never run by the doctor. */
  readonly keyHelper?: Setting;
  /** Whether a login of Claude Code is stored (its file or keychain entry is there; it is not read). */
  readonly login: boolean;
  /** Settings files that exist but cannot be read or parsed. */
  readonly broken: readonly { readonly source: Source; readonly error: string }[];
  /** What the operating system's own proxy settings say, where they can be had. */
  readonly systemProxy?: { readonly url?: string; readonly pac?: string; readonly source: string };
  /** Roots that the program trusts beyond the public ones, PEM, with the file that they came from. */
  readonly extraRoots: readonly { readonly pem: string; readonly source: Source }[];
  /** Roots of the operating system's store, PEM; empty when they cannot be had. */
  readonly systemRoots: readonly string[];
  /** Value of one variable as the program sees it, revealed. Empty text counts as set. */
  value(name: string): string | undefined;
  /** What this program would do about a proxy for that address. */
  proxyFor(url: URL): ProxyDecision;
  /** What another program would do about it. */
  proxyAs(client: ClientName, url: URL): ProxyDecision;
}
