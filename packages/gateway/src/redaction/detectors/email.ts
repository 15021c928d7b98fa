// E-mail addresses (the practical part of RFC 5321 and RFC 6531), found from their @.

import { before, type Detector, each } from "./detector.ts";

/** Bounds of RFC 5321, 4.5.3.1, characters. */
const LOCAL = 64;
const DOMAIN = 255;

const LOCAL_END = /[\p{L}\p{N}._%+'-]{1,64}$/u;
const DOMAIN_START = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|\p{L}{2,24})/u;
const ASCII_LOCAL_END = /[A-Za-z0-9._%+'-]{1,64}$/;
const ASCII_DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[A-Za-z]{2,24})/;

/** Names for examples and tests: RFC 2606, RFC 6761. */
const EXAMPLES = /(?:^|\.)(?:example\.(?:com|net|org|edu)|example|test|invalid)$/i;
/** Names without mailboxes that the world could reach: RFC 6761, RFC 6762, RFC 7686, ICANN's .internal. */
const NOBODYS = /(?:^|\.)(?:localhost|local|internal|onion)$/i;
/** What a file is called, not where a mailbox is. */
const FILES =
  /\.(?:png|jpe?g|gif|svg|webp|ico|css|scss|js|mjs|cjs|ts|tsx|jsx|json|ya?ml|toml|md|html?|py|rb|go|rs|java|kt|swift|cpp|hpp|exe|dll|zip|gz|tar|txt|log|lock|map|xml|csv|pdf|mp[34]|wasm|conf|service|timer|socket|mount|target)$/i;

/** A quoted name, an address of a host in brackets, and an @ as the query of an address has it. */
const QUOTED =
  /"[^"@\\\s\p{C}](?:[^"@\\\n\p{C}]{0,62}[^"@\\\s\p{C}])?"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w@])/gu;
const LITERAL = /(?<![\w.%+'-])[A-Za-z0-9][\w.%+'-]{0,63}@\[\d{1,3}(?:\.\d{1,3}){3}\]/g;
const ENCODED =
  /(?<![\w.+%-])[A-Za-z0-9](?:[\w.-]|%2B){0,63}%40(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w@-])/g;

/** E-mail addresses. */
export const email: Detector = {
  kind: "email",
  find(text, tell, examples) {
    for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
      const left = text.slice(Math.max(0, at - LOCAL), at);
      const right = text.slice(at + 1, at + 1 + DOMAIN);
      // Letters of other scripts count only where the whole is written in them: Chinese has no spaces between words.
      const ascii = ASCII_DOMAIN.exec(right);
      const domain = ascii ?? DOMAIN_START.exec(right);
      if (domain === null) continue;
      const local = (
        ascii === null ? LOCAL_END.exec(left) : (ASCII_LOCAL_END.exec(left) ?? LOCAL_END.exec(left))
      )?.[0].replace(/^['.%+-]+/, "");
      if (local === undefined || local === "" || local.endsWith(".")) continue;
      if (!examples && EXAMPLES.test(domain[0])) continue;
      if (!isMailbox(text, at - local.length, local, domain[0], at + 1 + domain[0].length)) continue;
      tell(at - local.length, at + 1 + domain[0].length);
    }
    if (text.includes('"@')) each(QUOTED, text, ({ 0: whole, index }) => tell(index, index + whole.length));
    if (text.includes("@[")) each(LITERAL, text, ({ 0: whole, index }) => tell(index, index + whole.length));
    if (text.includes("%40"))
      each(ENCODED, text, ({ 0: whole, index }) => FILES.test(whole) || tell(index, index + whole.length));
  },
};

function isMailbox(text: string, start: number, local: string, domain: string, end: number): boolean {
  if (NOBODYS.test(domain) || FILES.test(domain)) return false;
  // host:path of git and scp, and user@host of ssh.
  if (/^(?:git|hg|svn)$/i.test(local)) return false;
  const lead = before(text, start, 80);
  if (/\b(?:ssh|scp|sftp|rsync|mosh|autossh)\s[^\n]{0,70}$/i.test(lead)) return false;
  // The part of an address before its host: user:password@host, user@host.
  if (/:\/\/[^\s/?#"'<>]{0,78}$/.test(lead) && !/mailto:\/\/$/i.test(lead)) return false;
  if (/[/@=]$/.test(lead) && /^[:/][\w.~/-]/.test(text.slice(end, end + 2)) && !/[=]$/.test(lead)) return false;
  return !/^@/.test(text.slice(end, end + 1));
}
