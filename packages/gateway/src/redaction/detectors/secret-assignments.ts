// Secrets known by where they stand: after a name such as PASSWORD=, in an Authorization header, in a connection string.

import { type Detector, each, type Tell } from "./detector.ts";

const NAME =
  "(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|app[_-]?key|access[_-]?key(?:[_-]?(?:id|secret))?|secret[_-]?(?:access[_-]?)?key|private[_-]?key|client[_-]?secret|signing[_-]?key|encryption[_-]?key|master[_-]?key|auth[_-]?key|credentials?|(?<![A-Za-z0-9])[as]k)";
/** NAME = "value", with what may stand after the word in a name; what stands before it does not matter. */
const ASSIGNED = new RegExp(
  `(${NAME})(?:[_-][A-Za-z0-9]{1,12}){0,2}(?:\\\\?["'\`])?\\s{0,4}(?:=>|:=|=|:|：)\\s{0,4}(\\\\?["'\`])?([^\\s"'\`,;<>(){}\\[\\]\\\\，。；、]{6,512})`,
  "gi",
);
const CHINESE = /(?:密码|口令|密钥|令牌|秘钥|密碼|金鑰)(?:是|为|為)?\s{0,2}[:：=]?\s{0,2}["'“]?([\x21-\x7e]{6,128})/g;
const ENGLISH = /\b(?:password|passphrase|passcode)\s(?:is|was|to)\s(?:now\s)?["'`]?([\x21-\x7e]{6,128})/gi;
const COMMAND =
  /(?:\bmysql(?:dump)?\s[^\n]{0,80}\s-p|\bsshpass\s-p\s?|\s(?:-u|-a|--user|--auth|--creds)[ =]["']?[\w.@-]{1,64}:|--(?:password|token|secret|api-key|access-token)[= ])["']?([^\s"']{6,128})/g;
/** A word for a secret, some words between, and what a generator made. */
const TOLD =
  /\b(?:passwords?|passwd|passcode|passphrase|pw|pwd|tokens?|secrets?|api[ _-]?keys?|access[ _-]?keys?|secret[ _-]?keys?|private[ _-]?keys?|credentials?|licen[cs]e[ _-]?key|signing[ _-]?key)\b[^\n:=>]{0,40}?(?:\s(?:is|was|to|now)|:|=|->|=>)\s{1,3}["'`“]?([\x21-\x7e]{8,512})/gi;
/** As above, with a blank alone between them: the value must be long. */
const BARE =
  /(?:secret|token|password|api[_-]?key|access[_-]?key)["']?\s{1,2}["']?([A-Za-z0-9+/_=-]{20,512})(?![\w./-])/gi;
/** Name and value as two fields: of a list in YAML, of an element in XML, of an object in JSON. */
const FIELDS = new RegExp(
  `(?:name|key|id)["']?\\s{0,2}[:=]\\s{0,2}["']?[\\w.-]{0,40}?${NAME}[\\w.-]{0,20}["']?\\s{0,2},?\\s{1,12}["']?value["']?\\s{0,2}[:=]\\s{0,2}["']?([^\\s"'<>]{8,512})`,
  "gi",
);
/** A word for a secret in a Chinese sentence, and what a generator made. */
const CHINESE_SENTENCE =
  /(?:secret|token|password|(?:api|app|access|secret)[ _-]?key)\s{0,2}(?:是|为|為)\s{0,2}[:：]?\s{0,2}["'“]?([\x21-\x7e]{8,512})/gi;
const ELEMENT = new RegExp(`<[\\w:.-]{0,40}?${NAME}[\\w.-]{0,20}>\\s{0,4}([^\\s<>]{6,512})(?=\\s{0,4}<\\/)`, "gi");
/** Name and password in base64, as Docker and npm keep them. */
const ENCODED = /(?<![A-Za-z])_?auth["']?\s{0,2}[:=]\s{0,2}["']?([A-Za-z0-9+/]{12,512}={0,2})(?![\w+/=])/g;
const HEADER =
  /\b(?:authorization|proxy-authorization)["']?\s{0,2}[:=]\s{0,2}["']?(?:bearer|basic|token|apikey)\s{1,3}([A-Za-z0-9._~+/=-]{12,4096})/gi;
const KEY_HEADER =
  /\b(?:x-api-key|api-key|x-auth-token|x-access-token|private-token|x-goog-api-key|x-amz-security-token|ocp-apim-subscription-key)["']?\s{0,2}[:=]\s{0,2}["']?([A-Za-z0-9._~+/=-]{12,4096})/gi;
const BEARER = /\bBearer\s{1,3}([A-Za-z0-9._~+/=-]{20,4096})/g;
const COOKIE =
  /\b(?:session|sessionid|sid|connect\.sid|jsessionid|phpsessid|auth|remember_token)=([A-Za-z0-9%._-]{24,512})/gi;
const CONNECTION = /\b[a-z][a-z0-9+.-]{1,24}:\/\/[^\s:/?#@"'<>]{0,64}:([^\s/"'<>@]{1,128})@(?=[A-Za-z0-9[])/gi;
const ADO = /\b(?:password|pwd|accountkey|sharedaccesskey)\s{0,2}=\s{0,2}([^;\s"']{4,128})(?=\s{0,2}(?:;|["']|$))/gim;

/** In the query of an address the next parameter follows. */
const QUERY_REST = /&[A-Za-z_][\w.-]{0,40}=.*$/s;

/** Text that stands for a secret, or says that there is none. */
const FILLER =
  /^(?:x{3,}|\*{3,}|\.{3,}|-{3,}|_{3,}|#{3,}|•+|(?:your|my|the|some|test|dummy|fake|sample|example|placeholder|changeme|change[_-]me|replace|insert|todo|redacted|hidden|secret|password|passwd|token|api[_-]?key|none|null|nil|undefined|true|false|string|number|boolean|required|optional|default|empty|unset|env|process|os|config|settings|self|this|ctx|req|request|res|response|options|opts|props|params|args|data|user|input|value|values|result|field|form|get|getenv|import|await|async|new|return|function|lambda|let|const|var|secrets|vault|ref|arn|file|path|https?)(?:$|[^A-Za-z0-9]|[_-]).*|<.*|\$.*|%.*%?|\{.*|@.*|&.*|[=!:|].*|(.)\1{5,})$/i;
const PATH_LIKE = /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\|https?:|file:|[\w-]+\.(?:ts|js|py|json|ya?ml|env|pem|key|txt|md)$)/;
const CODE_LIKE =
  /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+[;,)]?$|^[A-Za-z_$][\w$]*\(|^[A-Z][A-Z0-9_]*_[A-Z0-9_]*$|\w\(.*\)|^[a-z]+(?:[A-Z][a-z]+)+$|^(?:[A-Z][a-z]+){2,}$|^(?:[a-z]+[_-])+[a-z]+$/;

/** A call, or an element of a list, whose end a quote has cut off. */
const CALL = /^\(?[A-Za-z_][\w.]{0,100}[([]/;

/** Secrets by their place. */
export const secretAssignments: Detector = {
  kind: "secret",
  find(text, tell) {
    each(ASSIGNED, text, (match) => assigned(match, tell));
    if (/密|口令|令牌|秘钥|金鑰/.test(text)) group(CHINESE, text, tell, (value) => isPassword(trimmed(value)));
    if (/pass/i.test(text))
      group(ENGLISH, text, tell, (value) => isPassword(trimmed(value)) && isMixed(trimmed(value)));
    if (/[是为為]/.test(text)) group(CHINESE_SENTENCE, text, tell, (value) => isMade(trimmed(value), 8));
    if (text.includes("</")) group(ELEMENT, text, tell, (value) => isPassword(value) && isMixed(value), asItIs);
    if (text.includes("auth")) group(ENCODED, text, tell, isEncodedPair);
    group(COMMAND, text, tell, isPassword, asItIs);
    group(TOLD, text, tell, (value) => isMade(trimmed(value), 8));
    group(BARE, text, tell, (value) => isMade(value, 20));
    group(FIELDS, text, tell, (value) => isPassword(value) && isMixed(value));
    group(HEADER, text, tell, isToken);
    group(KEY_HEADER, text, tell, isToken);
    if (text.includes("Bearer")) group(BEARER, text, tell, (value) => isToken(value) && /\d/.test(value));
    group(COOKIE, text, tell, (value) => isToken(value) && entropy(value) > 3.3);
    if (text.includes("://")) group(CONNECTION, text, tell, isConnectionPassword);
    group(ADO, text, tell, (value) => isPassword(value) && isMixed(value) && !CALL.test(value));
  },
};

function assigned(match: RegExpExecArray, tell: Tell): void {
  const name = (match[1] ?? "").toLowerCase();
  const quoted = match[2] !== undefined;
  const value = quoted ? (match[3] ?? "") : (match[3] ?? "").replace(QUERY_REST, "").replace(/[.,;:)\]}"'`]+$/, "");
  const start = match.index + match[0].length - (match[3] ?? "").length;
  const word = /^(?:pass|pwd)/.test(name);
  // Short names stand for much else.
  if (name === "ak" || name === "sk" ? value.length < 20 || !isMixed(value) : !isPassword(value)) return;
  if (word ? value.length < 6 || (!isMixed(value) && !(quoted && /[\d\W_]/.test(value))) : !isRandom(value)) return;
  if (!quoted && /^(?:\d+(?:\.\d+)?|0x[\da-f]+)$/i.test(value) && !word) return;
  tell(start, start + value.length);
}

function group(
  form: RegExp,
  text: string,
  tell: Tell,
  accepts: (value: string) => boolean,
  cut: (value: string) => string = trimmed,
): void {
  each(form, text, (match) => {
    const found = match[1] ?? "";
    if (!accepts(found)) return;
    const value = cut(found);
    const start = match.index + match[0].lastIndexOf(found);
    tell(start, start + value.length);
  });
}

/** Without the marks of the sentence, or the parameters of the address, that it stands in. */
function trimmed(value: string): string {
  return value.replace(QUERY_REST, "").replace(/[.,;:!?)\]}"'`”]+$/, "");
}

/** A command's word ends at a blank: no mark at its end is the sentence's, but a quote's or a bracket's. */
function asItIs(value: string): string {
  return value.replace(/[)\]}"'`”;|]+$/, "");
}

function isEncodedPair(value: string): boolean {
  return /^[\x21-\x39\x3b-\x7e]{1,64}:[\x21-\x7e]{4,}$/.test(Buffer.from(value, "base64").toString("latin1"));
}

function isPassword(value: string): boolean {
  return value.length >= 6 && !FILLER.test(value) && !PATH_LIKE.test(value) && !CODE_LIKE.test(value);
}

function isConnectionPassword(value: string): boolean {
  return (
    value.length >= 3 &&
    !/^(?:pass(?:word)?|pwd|pw|secret|xxx+|\*+|your.*|<.*|\$.*|\{.*|%.*|\[.*|\d{1,5})$/i.test(value)
  );
}

function isToken(value: string): boolean {
  return isPassword(value) && value.length >= 12 && (/\d/.test(value) || entropy(value) > 3.5);
}

/** Letters and digits, or letters and signs: no word of a language. */
function isMixed(value: string): boolean {
  return /[A-Za-z]/.test(value) && /[\d!@#$%^&*+=?~]/.test(value);
}

/** Long enough and without a pattern: what a generator makes. */
function isRandom(value: string): boolean {
  if (value.length < 8) return false;
  if (!/\d/.test(value) && !(/[A-Z]/.test(value) && /[a-z]/.test(value) && value.length >= 20)) return false;
  return entropy(value) >= (value.length >= 16 ? 3 : 2.75);
}

/** Capitals, small letters and digits without a pattern, or long hexadecimal: nobody writes so. */
function isMade(value: string, least: number): boolean {
  if (value.length < least || !isPassword(value) || !/^[A-Za-z0-9+/_=!@#$%^&*.~-]+$/.test(value)) return false;
  if (/^[a-f0-9]{32,}$/.test(value)) return true;
  return /\d/.test(value) && /[A-Z]/.test(value) && /[a-z]/.test(value) && entropy(value) >= 2.75;
}

/** Shannon's entropy of a text's characters, bits for each. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
