// Takes out of texts what must not leave the machine: secrets in every spelling, the user's name, the home folder, the host's name.

import type { Environment } from "../environment/environment.ts";
import type { Machine } from "../machine.ts";
import { Secret } from "../secret.ts";
import { piecesMask, withoutKeys } from "./key-shapes.ts";
import { plainText } from "./plain-text.ts";

/** Masks one text. */
export type Mask = (text: string) => string;

/** What stands in for a secret, for the user's name and for the host's name. */
const SECRET = "***";
const USER = "<user>";
const HOST = "<host>";

/** Shorter values are not looked for: they would be found in ordinary words. */
const LEAST = 6;

/** Names of users and hosts that are ordinary words: replacing them would ruin sentences and hide nobody. */
const ORDINARY =
  /^(?:root|admin|administrator|user|node|claude|anthropic|fairlead|ubuntu|debian|fedora|alpine|runner|vscode|codespace|dev|developer|test|tester|guest|nobody|default|home|work|api|proxy|server|client|localhost|local|host|linux|windows|macos|mac|docker|python|java|git|build|ci|app|web|www|the|and|you|key|tls|dns|tcp|mtu)$/i;

/** A function that masks sentences, facts, names: everything but commands. `target` may hold a name and a password. */
export function maskerOf(machine: Machine, environment: Environment, target?: URL): Mask {
  const secrets = secretMask(environment, target);
  const home = homePattern(machine.home);
  const user = namePattern(machine.user);
  const host = namePattern(machine.hostname);
  return (text) => {
    let masked = plainText(secrets(text));
    if (home !== undefined) masked = masked.replace(home, "~");
    masked = masked.replace(otherHome(machine.user), `$1${USER}`);
    if (user !== undefined) masked = masked.replace(user, USER);
    if (host !== undefined) masked = masked.replace(host, HOST);
    return masked;
  };
}

/** Spellings of "my home folder", "my name", "this host" that a shell fills in again when the command is pasted. */
const VARIABLES = {
  sh: { home: "$HOME", user: "$USER", host: "$(hostname)" },
  powershell: { home: "$HOME", user: "$env:USERNAME", host: "$env:COMPUTERNAME" },
  cmd: { home: "%USERPROFILE%", user: "%USERNAME%", host: "%COMPUTERNAME%" },
} as const;

/**
 * A function that masks commands of one shell so that they still work when pasted: the home folder becomes `$HOME`
 * (`%USERPROFILE%` in cmd), also where it stood in single quotes, in which nothing is filled in.
 */
export function commandMaskerOf(
  machine: Machine,
  environment: Environment,
  shell: "any" | "sh" | "fish" | "powershell" | "cmd",
  target?: URL,
): Mask {
  const secrets = secretMask(environment, target);
  const kind = shell === "powershell" || shell === "cmd" ? shell : "sh";
  const names = VARIABLES[kind];
  const home = homePattern(machine.home);
  const quoted = home === undefined || kind === "cmd" ? undefined : new RegExp(`'(${home.source})([^']*)'`, home.flags);
  const user = namePattern(machine.user);
  const host = namePattern(machine.hostname);
  return (text) => {
    let masked = plainText(secrets(text));
    if (quoted !== undefined)
      masked = masked.replace(quoted, (_whole, _home: string, rest: string) =>
        kind === "powershell" || !/["$`\\]/.test(rest) ? `"$HOME${rest}"` : `"$HOME"'${rest}'`,
      );
    if (home !== undefined) masked = masked.replace(home, () => names.home);
    if (user !== undefined) masked = masked.replace(user, () => names.user);
    if (host !== undefined) masked = masked.replace(host, () => names.host);
    return masked;
  };
}

/** The value of a setting as it may be shown: a proxy's URL without its name and password, a key's mask. */
export function shownValue(value: string | Secret): string {
  if (!(value instanceof Secret)) return value;
  const text = value.reveal();
  const url = plainUrl(text);
  if (url === undefined) return value.masked;
  return url.userinfo === "" ? text : text.replace(`${url.userinfo}@`, `${SECRET}@`);
}

function secretMask(environment: Environment, target: URL | undefined): Mask {
  const needles = new Set<string>();
  const whole: string[] = [];
  for (const part of inTarget(target).flatMap((one) => [one, decoded(one)]))
    for (const one of spellings(new Secret(part))) needles.add(one);
  for (const variable of environment.variables.values())
    for (const { value } of variable.all)
      if (value instanceof Secret) for (const one of spellings(value)) needles.add(one);
  for (const { effective } of environment.variables.values())
    if (effective?.value instanceof Secret) for (const one of spellings(effective.value)) needles.add(one);
  for (const { secret } of environment.credentials) {
    for (const one of spellings(secret)) needles.add(one);
    whole.push(secret.reveal());
  }
  if (environment.keyHelper?.value instanceof Secret)
    for (const one of spellings(environment.keyHelper.value)) needles.add(one);
  // The longest first: a secret that holds another one goes as a whole.
  const sorted = [...needles].sort((a, b) => b.length - a.length);
  const pieces = piecesMask(whole, SECRET);
  return (text) =>
    pieces(
      withoutKeys(
        sorted.reduce((masked, needle) => masked.replaceAll(needle, SECRET), text),
        SECRET,
      ),
    );
}

/** What of a base URL is secret: name and password, values of its query, and a part of its path that is a token. */
function inTarget(target: URL | undefined): readonly string[] {
  if (target === undefined) return [];
  const { username, password } = target;
  const user = password === "" ? [username] : [`${username}:${password}`, password];
  const path = target.pathname.split("/").filter((part) => /^(?=.*\d)(?=.*[a-z])[\w.~-]{24,}$/i.test(part));
  return [...user, ...path, ...target.searchParams.values()].filter((part) => part.length >= LEAST);
}

/** Every spelling in which a secret could turn up. */
function spellings(secret: Secret): string[] {
  const found: string[] = [];
  for (const part of partsOf(secret.reveal())) {
    const base64 = Buffer.from(part).toString("base64");
    found.push(part, encodeURIComponent(part), JSON.stringify(part).slice(1, -1), base64, base64.replace(/=+$/, ""));
    found.push(Buffer.from(part).toString("base64url"));
  }
  return found.filter((one) => one.length >= LEAST);
}

/** What of a value is secret: all of it; of a URL its name and password; of headers each value; of `Bearer x` the x. */
function partsOf(text: string): string[] {
  const url = plainUrl(text);
  if (url !== undefined) {
    if (url.userinfo === "") return [];
    const password = url.userinfo.slice(url.userinfo.indexOf(":") + 1);
    const parts = [url.userinfo, decoded(url.userinfo)];
    return url.userinfo.includes(":") ? [...parts, password, decoded(password)] : parts;
  }
  const parts = [text, text.trim(), text.replace(/^["'](.*)["']$/s, "$1")];
  const scheme = /^\s*(?:Bearer|Basic)\s+(.+)$/is.exec(text)?.[1];
  if (scheme !== undefined) parts.push(scheme.trim());
  for (const line of text.split(/\r?\n|\\n/)) {
    const value = /^[\w-]+\s*:\s*(.+)$/.exec(line)?.[1];
    if (value !== undefined) parts.push(value.trim(), value.trim().replace(/^(?:Bearer|Basic)\s+/i, ""));
  }
  return parts.filter((one) => one.length >= LEAST);
}

function plainUrl(text: string): { readonly userinfo: string } | undefined {
  const found = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?(?:([^/?#\s]*)@)?[a-z0-9.[\]:_-]+(?:\/[^?#\s]*)?\s*$/i.exec(text);
  if (found === null) return undefined;
  // Without a scheme it is an address only when it has a port or a name and password: else it may be any word, a key too.
  if (
    !/^\s*[a-z][a-z0-9+.-]*:\/\//i.test(text) &&
    found[1] === undefined &&
    !/^\s*[a-z0-9.-]+:\d{1,5}\/?\s*$/i.test(text)
  )
    return undefined;
  return { userinfo: found[1] ?? "" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function homePattern(home: string): RegExp | undefined {
  const path = home.replace(/[\\/]+$/, "");
  if (path.length < 3) return undefined;
  // Windows spells one folder with both slashes and any case; JSON doubles the backslashes.
  const parts = path.split(/[\\/]+/).map(escaped);
  return new RegExp(`(?<![\\w.~-])${parts.join("(?:\\\\\\\\|[\\\\/])")}(?![\\w.-])`, path.includes("\\") ? "gi" : "g");
}

/** Homes of the same user that are spelled otherwise, as in WSL: /mnt/c/Users/<user>. */
function otherHome(user: string): RegExp {
  return user.length === 0 ? /(?!)/g : new RegExp(`([\\\\/](?:home|Users)[\\\\/]+)${escaped(user)}(?![\\w.-])`, "gi");
}

function namePattern(name: string): RegExp | undefined {
  if (name.length < 3 || ORDINARY.test(name)) return undefined;
  return new RegExp(`(?<![\\w.-])${escaped(name)}(?![\\w-]|\\.\\w)`, "gi");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
