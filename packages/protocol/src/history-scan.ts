// The byte scan of a request's history: what ties it to one place, where its cached prefix lies, whether a turn opens.
import { containerEnd, sameBytes, scalarEnd, skipSpace, stringEnd, stringText } from "./json-bytes.ts";
import { type WantedKey, wantedKey } from "./object-walk.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const [SYSTEM, TOOLS, MESSAGES, CONTAINER, THREAD] = ["system", "tools", "messages", "container", "thread"].map(
  wantedKey,
) as [WantedKey, WantedKey, WantedKey, WantedKey, WantedKey];
const [TYPE, ROLE, CONTENT, ID, SOURCE] = ["type", "role", "content", "id", "source"].map(wantedKey) as [
  WantedKey,
  WantedKey,
  WantedKey,
  WantedKey,
  WantedKey,
];
const [SIGNATURE, FILE_ID, ENCRYPTED, CACHE_CONTROL] = [
  "signature",
  "file_id",
  "encrypted_content",
  "cache_control",
].map(wantedKey) as [WantedKey, WantedKey, WantedKey, WantedKey];

/** Blocks inside blocks are looked into so deep (a tool's result holds blocks; nothing of the API goes deeper). */
const MAX_DEPTH = 4;

/**
 * What ties a history to one place. `thinking`: a thinking block with a signature, or redacted thinking; `compaction`: a
 * compaction block with its sealed content; `file`: a file of the Files API; `container`: a code container by its id;
 * `thread`: the conversation's state is held by the server (protocol reference 9.3 to 9.5).
 */
export type TieKind = "thinking" | "compaction" | "file" | "container" | "thread";

/** Byte span [start, end). */
export type Span = readonly [start: number, end: number];

/** Where the stable part of a prompt lies: values only, without their quotes, and without cache markers and types. */
export interface PrefixSpans {
  readonly system: readonly Span[];
  readonly tools: readonly Span[];
  /** Of all messages up to and including the first of the user. */
  readonly firstTurn: readonly Span[];
}

/**
 * What ties the history to one place, each kind once, in the order found; empty for none.
 *
 * Looked for where the API puts it and nowhere else: `container` and `thread` at the top, blocks in the content of
 * messages and in the results of tools. What a text says, what a tool takes or what a schema describes does not count.
 * Names written with escapes (`"\u0073ignature"`), which no client sends, may be missed. A body that is no JSON has what
 * was found before it breaks. Never throws.
 */
export function scanTies(body: Buffer): readonly TieKind[] {
  const found = new Set<TieKind>();
  members(body, start(body), (key, at) => {
    if (is(body, key, MESSAGES)) return elements(body, at, (message) => tiesOfMessage(body, message, found));
    if (is(body, key, CONTAINER)) {
      if (filled(body, at) || (body[at] === OPEN_BRACE && textOf(body, at, ID) !== "")) found.add("container");
    } else if (is(body, key, THREAD)) {
      if (textOf(body, at, TYPE) === "continue") found.add("thread");
    }
    return -1;
  });
  return [...found];
}

function tiesOfMessage(body: Buffer, at: number, found: Set<TieKind>): number {
  return members(body, at, (key, value) =>
    is(body, key, CONTENT) ? elements(body, value, (block) => tiesOfBlock(body, block, found, 1)) : -1,
  );
}

function tiesOfBlock(body: Buffer, at: number, found: Set<TieKind>, depth: number): number {
  let type = "";
  let signed = false;
  let sealed = false;
  const end = members(body, at, (key, value) => {
    if (is(body, key, TYPE)) type = text(body, value);
    else if (is(body, key, SIGNATURE)) signed = filled(body, value);
    else if (is(body, key, ENCRYPTED)) sealed = filled(body, value);
    else if (is(body, key, FILE_ID)) {
      if (filled(body, value)) found.add("file");
    } else if (is(body, key, SOURCE)) {
      if (textOf(body, value, FILE_ID) !== "") found.add("file");
    } else if (depth < MAX_DEPTH && is(body, key, CONTENT)) {
      return elements(body, value, (block) => tiesOfBlock(body, block, found, depth + 1));
    }
    return -1;
  });
  if (type === "redacted_thinking" || (type === "thinking" && signed)) found.add("thinking");
  if (type === "compaction" && (signed || sealed)) found.add("compaction");
  return end;
}

/**
 * Where the stable part of a prompt lies. A text is one span, and so is each member of a block or a tool but
 * `cache_control` and `type`: a client moves its cache marker along and turns a text into a block to hold it, which
 * changes nothing of what is cached. At most `most` spans a part. Never throws.
 */
export function scanPrefix(body: Buffer, most: number): PrefixSpans {
  const system: Span[] = [];
  const tools: Span[] = [];
  const firstTurn: Span[] = [];
  members(body, start(body), (key, at) => {
    if (is(body, key, SYSTEM)) return stableSpans(body, at, system, most);
    if (is(body, key, TOOLS)) return stableSpans(body, at, tools, most);
    if (!is(body, key, MESSAGES) || firstTurn.length > 0) return -1;
    let user = false;
    return elements(body, at, (message) => {
      if (user) return -1;
      return members(body, message, (name, value) => {
        if (is(body, name, ROLE)) user = text(body, value) === "user";
        return is(body, name, CONTENT) ? stableSpans(body, value, firstTurn, most) : -1;
      });
    });
  });
  return { system, tools, firstTurn };
}

function stableSpans(body: Buffer, at: number, into: Span[], most: number): number {
  const add = (value: number): number => {
    const end = valueEnd(body, value);
    if (end < 0) return end;
    const inset = body[value] === QUOTE ? 1 : 0;
    if (into.length < most) into.push([value + inset, end - inset]);
    return end;
  };
  if (body[at] !== OPEN_BRACKET) return add(at);
  return elements(body, at, (block) => {
    if (body[block] !== OPEN_BRACE) return add(block);
    return members(body, block, (key, value) =>
      is(body, key, CACHE_CONTROL) || is(body, key, TYPE) ? -1 : add(value),
    );
  });
}

/**
 * Whether the request opens a turn: its last message is of the user and holds no result of a tool. Inside a turn the
 * model is still at work and its prompt cache is in use. False for what has no messages. Never throws.
 */
export function opensTurn(body: Buffer): boolean {
  let messages: number[] = [];
  members(body, start(body), (key, at) => {
    if (!is(body, key, MESSAGES)) return -1;
    messages = [];
    return elements(body, at, (message) => {
      messages.push(message);
      return -1;
    });
  });
  // A message of the system behind the user's (reminders, as Claude Code sends them) does not end the turn.
  const last = messages.findLast((message) => textOf(body, message, ROLE) !== "system");
  return last !== undefined && textOf(body, last, ROLE) === "user" && !holdsResult(body, last);
}

function holdsResult(body: Buffer, message: number): boolean {
  let result = false;
  members(body, message, (key, value) => {
    if (!is(body, key, CONTENT) || body[value] !== OPEN_BRACKET) return -1;
    return elements(body, value, (block) => {
      result ||= textOf(body, block, TYPE).endsWith("tool_result");
      return -1;
    });
  });
  return result;
}

function start(body: Buffer): number {
  return skipSpace(body, body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0);
}

/** The index after the value at `at`; negative when there is none. */
function valueEnd(body: Buffer, at: number): number {
  const first = body[at];
  if (first === QUOTE) return stringEnd(body, at + 1);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return containerEnd(body, at);
  return scalarEnd(body, at);
}

/**
 * Goes through the members of the object at `at`: `visit` gets the start of the key's literal and of the value, and
 * returns the index after the value, or -1 to leave that to us. Returns the index after the object, or after whatever
 * else stands there; negative when the JSON breaks.
 */
function members(body: Buffer, at: number, visit: (key: number, value: number) => number): number {
  if (body[at] !== OPEN_BRACE) return valueEnd(body, at);
  let i = skipSpace(body, at + 1);
  while (body[i] === QUOTE) {
    const keyEnd = stringEnd(body, i + 1);
    if (keyEnd < 0) return -1;
    const colon = skipSpace(body, keyEnd);
    if (body[colon] !== COLON) return -1;
    const value = skipSpace(body, colon + 1);
    const seen = visit(i, value);
    const end = seen >= 0 ? seen : valueEnd(body, value);
    if (end < 0) return -1;
    i = skipSpace(body, end);
    if (body[i] === COMMA) i = skipSpace(body, i + 1);
  }
  return body[i] === CLOSE_BRACE ? i + 1 : -1;
}

/** Goes through the elements of the array at `at`, as `members` does through members. */
function elements(body: Buffer, at: number, visit: (element: number) => number): number {
  if (body[at] !== OPEN_BRACKET) return valueEnd(body, at);
  let i = skipSpace(body, at + 1);
  while (i < body.length && body[i] !== CLOSE_BRACKET) {
    const seen = visit(i);
    const end = seen >= 0 ? seen : valueEnd(body, i);
    if (end < 0) return -1;
    i = skipSpace(body, end);
    if (body[i] === COMMA) i = skipSpace(body, i + 1);
    else if (body[i] !== CLOSE_BRACKET) return -1;
  }
  return i < body.length ? i + 1 : -1;
}

/** Whether the key literal at `at` is the wanted one. */
function is(body: Buffer, at: number, wanted: WantedKey): boolean {
  const { bytes } = wanted;
  return body[at + 1 + bytes.length] === QUOTE && sameBytes(body, at + 1, at + 1 + bytes.length, bytes);
}

/** Whether a string that is not empty stands at `at`. */
function filled(body: Buffer, at: number): boolean {
  return body[at] === QUOTE && body[at + 1] !== QUOTE;
}

/** The text of the short string at `at`, `""` for anything else. */
function text(body: Buffer, at: number): string {
  if (body[at] !== QUOTE) return "";
  const end = stringEnd(body, at + 1);
  if (end < 0 || end - at > 100) return "";
  const plain = body.toString("latin1", at + 1, end - 1);
  return plain.includes("\\") ? (stringText(body, at, end) ?? "") : plain;
}

/** The text of a member of the object at `at`, `""` when it has none; a long text counts as one too. */
function textOf(body: Buffer, at: number, wanted: WantedKey): string {
  let found = "";
  if (body[at] === OPEN_BRACE) {
    members(body, at, (key, value) => {
      if (is(body, key, wanted)) found = filled(body, value) ? text(body, value) || "(long)" : "";
      return -1;
    });
  }
  return found;
}
