// JSON with the place of everything in it: to say in which line a setting stands, and to change one entry and nothing else.

/** A value and where it stands: offsets into the text, `end` behind it. */
export type JsonNode =
  | { readonly kind: "object"; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly start: number; readonly end: number; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly start: number; readonly end: number; readonly value: string }
  | { readonly kind: "other"; readonly start: number; readonly end: number; readonly value: number | boolean | null };

/** One entry of an object. `start` is that of its key. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly value: JsonNode;
}

/** Why a text is no JSON, and where: lines and columns from 1. */
export interface JsonFault {
  readonly error: string;
  readonly line: number;
  readonly column: number;
}

/** Reads a text. `comments` also allows comments and commas before a closing bracket, as the settings of VS Code have them. */
export function parseJson(text: string, comments = false): { readonly root: JsonNode } | JsonFault {
  const reader = new Reader(text, comments);
  try {
    return { root: reader.document() };
  } catch (e) {
    if (!(e instanceof Unreadable)) throw e;
    const { line, column } = placeIn(text, e.at);
    return { error: e.message, line, column };
  }
}

/** Line and column of an offset, from 1. */
export function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** The last member of that name, which is the one that counts. */
export function memberOf(node: JsonNode | undefined, key: string): JsonMember | undefined {
  return node?.kind === "object" ? node.members.findLast((one) => one.key === key) : undefined;
}

/** The text without the entry at that path; the text itself when there is none. */
export function withoutEntry(text: string, path: readonly string[]): string {
  const found = find(text, path);
  if (found === undefined) return text;
  const { parent, member } = found;
  const at = parent.members.indexOf(member);
  const next = parent.members[at + 1];
  const before = parent.members[at - 1];
  if (next !== undefined) return text.slice(0, member.start) + text.slice(next.start);
  if (before !== undefined) return text.slice(0, before.value.end) + text.slice(member.value.end);
  return text.slice(0, parent.start + 1) + text.slice(parent.end - 1);
}

/** The text with another string at that path, made from the one that is there; the text itself when there is none. */
export function withEntry(text: string, path: readonly string[], value: (before: string) => string): string {
  const node = find(text, path)?.member.value;
  if (node?.kind !== "string") return text;
  return text.slice(0, node.start) + JSON.stringify(value(node.value)) + text.slice(node.end);
}

type JsonObject = Extract<JsonNode, { kind: "object" }>;

function find(text: string, path: readonly string[]): { parent: JsonObject; member: JsonMember } | undefined {
  const parsed = parseJson(text, true);
  if ("error" in parsed) return undefined;
  let node: JsonNode = parsed.root;
  let found: { parent: JsonObject; member: JsonMember } | undefined;
  for (const key of path) {
    const member = memberOf(node, key);
    if (member === undefined || node.kind !== "object") return undefined;
    found = { parent: node, member };
    node = member.value;
  }
  return found;
}

class Unreadable extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Deeper than this is no settings file, and would end the stack. */
const DEEPEST = 200;

class Reader {
  readonly #text: string;
  readonly #comments: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, comments: boolean) {
    this.#text = text;
    this.#comments = comments;
    if (text.startsWith("\ufeff")) this.#at = 1;
  }

  document(): JsonNode {
    const root = this.#value();
    this.#blank();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return root;
  }

  #value(): JsonNode {
    this.#blank();
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Unreadable(this.#at, "nested too deeply");
    const first = this.#text[this.#at];
    const node =
      first === "{" ? this.#object() : first === "[" ? this.#array() : first === '"' ? this.#string() : this.#other();
    this.#depth -= 1;
    return node;
  }

  #object(): JsonNode {
    const start = this.#at;
    const members: JsonMember[] = [];
    this.#at += 1;
    for (;;) {
      this.#blank();
      if (this.#text[this.#at] === "}" && (members.length === 0 || this.#comments)) break;
      if (this.#text[this.#at] !== '"') throw this.#unexpected();
      const key = this.#string();
      this.#blank();
      if (this.#text[this.#at] !== ":") throw this.#unexpected();
      this.#at += 1;
      members.push({ key: key.value, start: key.start, value: this.#value() });
      if (!this.#comma("}")) break;
    }
    this.#at += 1;
    return { kind: "object", start, end: this.#at, members };
  }

  #array(): JsonNode {
    const start = this.#at;
    const items: JsonNode[] = [];
    this.#at += 1;
    for (;;) {
      this.#blank();
      if (this.#text[this.#at] === "]" && (items.length === 0 || this.#comments)) break;
      items.push(this.#value());
      if (!this.#comma("]")) break;
    }
    this.#at += 1;
    return { kind: "array", start, end: this.#at, items };
  }

  /** Steps over a comma; false = the closing bracket is here. */
  #comma(closing: string): boolean {
    this.#blank();
    if (this.#text[this.#at] === closing) return false;
    if (this.#text[this.#at] !== ",") throw this.#unexpected();
    this.#at += 1;
    return true;
  }

  #string(): Extract<JsonNode, { kind: "string" }> {
    const start = this.#at;
    // A text that does not end in its line lacks its closing quote.
    const match = /"(?:[^"\\\r\n]|\\.)*"/y;
    match.lastIndex = start;
    const raw = match.exec(this.#text)?.[0];
    if (raw === undefined) throw new Unreadable(start, "a text that does not end in its line");
    this.#at += raw.length;
    try {
      return { kind: "string", start, end: this.#at, value: String(JSON.parse(raw)) };
    } catch {
      throw new Unreadable(start, "a backslash that begins nothing known");
    }
  }

  #other(): JsonNode {
    const start = this.#at;
    const match = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    match.lastIndex = start;
    const raw = match.exec(this.#text)?.[0];
    if (raw === undefined) throw this.#unexpected();
    this.#at += raw.length;
    return { kind: "other", start, end: this.#at, value: JSON.parse(raw) as number | boolean | null };
  }

  #blank(): void {
    const match = this.#comments ? /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y : /[ \t\r\n]*/y;
    match.lastIndex = this.#at;
    this.#at += match.exec(this.#text)?.[0].length ?? 0;
  }

  #unexpected(): Unreadable {
    const here = this.#text[this.#at];
    return new Unreadable(
      this.#at,
      here === undefined ? "the text ends too early" : `unexpected ${JSON.stringify(here)}`,
    );
  }
}
