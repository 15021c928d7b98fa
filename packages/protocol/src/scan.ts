// The byte scan of a request or an answer: finds the few members the relay needs and never builds the body.
import { skipSpace, stringText } from "./json-bytes.ts";
import { ObjectWalk, type WantedKey, wantedKey } from "./object-walk.ts";
import { readUsage, type Usage } from "./usage.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_LIST = 0x5b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const MODEL = wantedKey("model");
const STREAM = wantedKey("stream");
const MAX_TOKENS = wantedKey("max_tokens");
const METADATA = wantedKey("metadata");
const TOOLS = wantedKey("tools");
const THREAD = wantedKey("thread");
const USER_ID = wantedKey("user_id");
const BODY_KEYS = [MODEL, STREAM, MAX_TOKENS, METADATA, TOOLS, THREAD];
const METADATA_KEYS = [USER_ID];

/** What the scan of a request body found. Where a key stands twice the last one counts, as with `JSON.parse`. */
export interface ScannedBody {
  readonly ok: true;
  /** The model's name, decoded. Absent when the key is absent or its value is no string. */
  readonly model: string | undefined;
  /** Byte spans [start, end) of the string literal, quotes included, of every top-level `model` that is a string. */
  readonly modelSpans: ReadonlyArray<readonly [start: number, end: number]>;
  /** Whether `stream` is `true`. */
  readonly stream: boolean;
  /** `max_tokens`, any JSON number. */
  readonly maxTokens: number | undefined;
  /** `metadata.user_id`, decoded, when it is a string. */
  readonly userId: string | undefined;
  /** Whether `tools` is an array that is not empty. */
  readonly hasTools: boolean;
  /** Whether `thread` is an object: the conversation's state is held by one organisation (protocol reference 9.4). */
  readonly hasThread: boolean;
  /** Which of `model`, `stream`, `max_tokens` are there with a value of the wrong type. A `stream` of null is none. */
  readonly wrong: readonly string[];
}

/** Why a body cannot be a request: a reason for people, and the byte at which it shows. */
export interface ScanFailure {
  readonly ok: false;
  readonly reason: string;
  readonly at: number;
}

export type BodyScan = ScannedBody | ScanFailure;

/**
 * Scans a request body: UTF-8 JSON, one object, white space (and a BOM) around it allowed.
 *
 * The object's own members, and those of `metadata`, are checked: keys, colons, commas, numbers, literals, raw control
 * characters. Values nested deeper need only balanced brackets and terminated strings, and escapes are judged only in
 * keys and wanted strings; the rest is for the API to judge. What is refused here, `JSON.parse` refuses too.
 * Depth and size are bounded by memory alone. Never throws.
 */
export function scanBody(body: Buffer): BodyScan {
  const walk = new ObjectWalk(body);
  const modelSpans: [number, number][] = [];
  let model: string | undefined;
  let stream = false;
  let maxTokens: number | undefined;
  let userId: string | undefined;
  let hasTools = false;
  let hasThread = false;
  let badModel = false;
  let badStream = false;
  let badMax = false;
  let badEscape = -1;

  const text = (start: number, end: number): string | undefined => {
    const value = literalText(body, start, end);
    if (value === undefined) badEscape = start;
    return value;
  };
  const visit = (key: WantedKey, start: number, end: number): void => {
    const first = body[start] as number;
    if (key === MODEL) {
      badModel = first !== QUOTE;
      model = badModel ? undefined : text(start, end);
      if (!badModel) modelSpans.push([start, end]);
    } else if (key === STREAM) {
      stream = first === 0x74;
      badStream = first !== 0x74 && first !== 0x66 && first !== 0x6e;
    } else if (key === MAX_TOKENS) {
      badMax = !(first === 0x2d || (first >= 0x30 && first <= 0x39));
      maxTokens = badMax ? undefined : Number(body.toString("latin1", start, end));
    } else if (key === TOOLS) {
      hasTools = first === OPEN_BRACKET && body[skipSpace(body, start + 1)] !== CLOSE_BRACKET;
    } else if (key === THREAD) {
      hasThread = first === OPEN_BRACE;
    } else {
      userId = undefined;
      if (first === OPEN_BRACE) {
        walk.object(start, METADATA_KEYS, (_, from, to) => {
          userId = body[from] === QUOTE ? text(from, to) : undefined;
        });
      }
    }
  };

  const failure = walkWhole(body, walk, BODY_KEYS, visit);
  if (failure !== undefined) return failure;
  if (badEscape >= 0) return { ok: false, reason: "a string holds a wrong escape", at: badEscape };
  const wrong: string[] = [];
  if (badModel) wrong.push("model");
  if (badStream) wrong.push("stream");
  if (badMax) wrong.push("max_tokens");
  return {
    ok: true,
    model,
    modelSpans,
    stream,
    maxTokens,
    userId,
    hasTools,
    hasThread,
    wrong,
  };
}

/**
 * The body with every top-level `model` string replaced by `model` and no other byte changed. Without a span the body
 * itself comes back.
 */
export function spliceModel(body: Buffer, scan: Pick<ScannedBody, "modelSpans">, model: string): Buffer {
  if (scan.modelSpans.length === 0) return body;
  const literal = Buffer.from(JSON.stringify(model));
  const parts: Buffer[] = [];
  let done = 0;
  for (const [start, end] of scan.modelSpans) {
    parts.push(body.subarray(done, start), literal);
    done = end;
  }
  parts.push(body.subarray(done));
  return Buffer.concat(parts);
}

/** What the scan of a whole JSON answer found. */
export interface AnswerScan {
  /** Whether the body is one JSON object by the rules of `scanBody`. All else is absent when it is not. */
  readonly ok: boolean;
  /** `message`, `error`, or whatever stands there. */
  readonly type?: string;
  /** The id of the message. */
  readonly id?: string;
  readonly model?: string;
  /** `null` as in the answer; absent when the key is. */
  readonly stopReason?: string | null;
  readonly usage?: Usage;
  /** True when `content` is an empty list. */
  readonly silent?: boolean;
  readonly error?: { readonly type: string; readonly message: string; readonly code?: string };
}

const TYPE = wantedKey("type");
const ID = wantedKey("id");
const STOP_REASON = wantedKey("stop_reason");
const USAGE = wantedKey("usage");
const ERROR = wantedKey("error");
const CONTENT = wantedKey("content");
const ANSWER_KEYS = [TYPE, ID, MODEL, STOP_REASON, USAGE, CONTENT, ERROR];

/** Scans a whole JSON answer of the Messages API. Only the small `usage` and `error` objects are built. Never throws. */
export function scanAnswer(body: Buffer): AnswerScan {
  const found: { -readonly [K in keyof AnswerScan]: AnswerScan[K] } = { ok: true };
  const visit = (key: WantedKey, start: number, end: number): void => {
    const first = body[start];
    const value = first === QUOTE ? literalText(body, start, end) : undefined;
    if (key === CONTENT)
      setOrDrop(found, "silent", first === OPEN_LIST && emptyList(body, start, end) ? true : undefined);
    else if (key === TYPE) setOrDrop(found, "type", value);
    else if (key === ID) setOrDrop(found, "id", value);
    else if (key === MODEL) setOrDrop(found, "model", value);
    else if (key === STOP_REASON) setOrDrop(found, "stopReason", first === 0x6e ? null : value);
    else {
      const raw = first === OPEN_BRACE ? parsed(body, start, end) : undefined;
      if (key === USAGE) setOrDrop(found, "usage", raw === undefined ? undefined : readUsage(raw));
      else setOrDrop(found, "error", raw === undefined ? undefined : errorOf(raw));
    }
  };
  const failure = walkWhole(body, new ObjectWalk(body), ANSWER_KEYS, visit);
  return failure === undefined ? found : { ok: false };
}

/** Whether there is nothing but blanks between the brackets. */
function emptyList(body: Buffer, start: number, end: number): boolean {
  return skipSpace(body, start + 1) === end - 1;
}

function setOrDrop<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}

function errorOf(raw: Record<string, unknown>): { type: string; message: string; code?: string } {
  const details = raw.details;
  const code =
    typeof details === "object" && details !== null ? (details as Record<string, unknown>).error_code : undefined;
  return {
    type: typeof raw.type === "string" ? raw.type : "",
    message: typeof raw.message === "string" ? raw.message : "",
    ...(typeof code === "string" ? { code } : undefined),
  };
}

function parsed(body: Buffer, start: number, end: number): Record<string, unknown> | undefined {
  try {
    const raw: unknown = JSON.parse(body.toString("utf8", start, end));
    return typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function walkWhole(
  body: Buffer,
  walk: ObjectWalk,
  keys: readonly WantedKey[],
  visit: (key: WantedKey, start: number, end: number) => void,
): ScanFailure | undefined {
  const bom = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  const end = walk.object(skipSpace(body, bom), keys, visit);
  if (walk.reason !== "") return { ok: false, reason: walk.reason, at: walk.at };
  const last = skipSpace(body, end);
  return last === body.length ? undefined : { ok: false, reason: "there is more behind the object", at: last };
}

/** The text of a string literal; undefined for a wrong escape or a raw control character. */
function literalText(body: Buffer, start: number, end: number): string | undefined {
  for (let i = start; i < end; i++) {
    const byte = body[i] as number;
    if (byte === BACKSLASH || byte < 0x20) return stringText(body, start, end);
  }
  return body.toString("utf8", start + 1, end - 1);
}
