// Where a request's texts are: one pass over the bytes that finds the string literals a policy covers, and builds nothing.

/** Which part of a request a text belongs to. */
export type Part = "system" | "messages" | "tool_results" | "tool_inputs";

/** All parts. */
export const PARTS: readonly Part[] = ["system", "messages", "tool_results", "tool_inputs"];

/** The texts of a body, strings (and, in inputs of tools, numbers and keys): byte offsets between the quotes, with their parts and the key that each stands under. */
export interface Literals {
  readonly length: number;
  start(i: number): number;
  end(i: number): number;
  part(i: number): Part;
  /** The key's span in the body, for what it says of the value; an empty one where there is none. */
  keyStart(i: number): number;
  keyEnd(i: number): number;
  /** Whether it is a number, which has no quotes. */
  bare(i: number): boolean;
  /** Whether it is JSON in a string: the arguments of a function in the OpenAI dialect. */
  json(i: number): boolean;
}

/** Why a body cannot be read. */
export interface TextFault {
  readonly reason: string;
  readonly at: number;
}

/** Deeper nesting is refused: the API takes no such request, and the walk's memory stays bounded. */
export const DEPTH = 1_000;

/** A shorter number in a tool's input is nothing that is looked for, digits. */
const SHORTEST_NUMBER = 7;

/** No key or type that means something here is longer, characters. */
const LONGEST_NAME = 63;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where a value stands, which says what becomes of the values in it. */
const ZONES = {
  skip: 0,
  root: 1,
  batches: 2,
  batch: 3,
  system: 4,
  messages: 5,
  message: 6,
  block: 7,
  source: 8,
  free: 9,
  tools: 10,
  calls: 11,
  settings: 12,
  args: 13,
} as const;
type Zone = (typeof ZONES)[keyof typeof ZONES];
const { skip, root, batches, batch, system, messages, message, block, source, free, tools, calls, settings, args } =
  ZONES;

const PART_OF = { system: 0, messages: 1, tool_results: 2, tool_inputs: 3 } as const;
/** Beside a part: the text is JSON itself. */
const JSON_TEXT = 4;

/**
 * Blocks whose content was made by the provider and is bound to a signature or an encrypted copy, or is made of bytes. They
 * go out as they came in.
 */
const SEALED =
  /^(?:thinking|redacted_thinking|web_search_result|image_url|input_audio|image|(?!tool_result$).*_tool_result|web_search_result_location)$/;
/** Members of blocks that name, point or seal. */
const NAMES = new Set(
  "type id name role model tool_use_id tool_call_id signature thinking media_type mime_type file_id url page_age custom_id cache_control caller toolset_name server_name server_label container stop_reason finish_reason encrypted_content encrypted_index encrypted_stdout image_url input_audio file_data detail format annotations error_code document_index".split(
    " ",
  ),
);

/**
 * Finds the texts of a request: `system`, `messages`, `prompt`, the descriptions of `tools`, and the same in each of a
 * batch's `requests`. Models, ids, names, thinking, images and other data are passed over, unknown members of content
 * blocks are not.
 */
export function requestText(body: Buffer): Literals | TextFault {
  return new Walk(body).run(root, PART_OF.messages);
}

/** Finds the texts of a tool's input that stands by itself: every string, key and longer number. */
export function inputText(input: Buffer): Literals | TextFault {
  return new Walk(input).run(free, PART_OF.tool_inputs);
}

class Walk {
  readonly #body: Buffer;
  #at = 0;
  /** Five numbers for each literal: start, end, part, key start, key end. */
  #found = new Int32Array(640);
  #count = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  run(zone: Zone, part: number): Literals | TextFault {
    const body = this.#body;
    if (body.length > 2 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) this.#at = 3;
    const fault = this.#document(zone, part);
    if (fault !== undefined) return { reason: fault, at: Math.min(this.#at, body.length) };
    const found = this.#found;
    return {
      length: this.#count,
      start: (i) => found[i * 5] as number,
      end: (i) => found[i * 5 + 1] as number,
      part: (i) => PARTS[(found[i * 5 + 2] as number) & 3] as Part,
      keyStart: (i) => found[i * 5 + 3] as number,
      keyEnd: (i) => found[i * 5 + 4] as number,
      bare: (i) => body[(found[i * 5] as number) - 1] !== QUOTE,
      json: (i) => (found[i * 5 + 2] as number) >= JSON_TEXT,
    };
  }

  /** One loop with stacks of its own: depth costs no stack of the machine. */
  #document(outermost: Zone, its: number): string | undefined {
    const body = this.#body;
    const zones: Zone[] = [];
    const parts: number[] = [];
    const objects: boolean[] = [];
    /** For each open object: how many literals there were before it, its `type` once seen, and where its `data` is. */
    const before: number[] = [];
    const types: (string | undefined)[] = [];
    const datas: number[] = [];
    let depth = 0;
    let zone = outermost;
    let part = its;
    let keyStart = 0;
    let keyEnd = 0;
    for (;;) {
      this.#space();
      const byte = body[this.#at];
      if (byte === undefined) return "the text ends inside a value";
      let ended = true;
      if (byte === 0x7b || byte === 0x5b) {
        // Some clients send the arguments of a function as they are.
        if (zone === args) [zone, part] = [free, PART_OF.tool_inputs];
        if (depth >= DEPTH) return `it is nested deeper than ${DEPTH} levels`;
        zones[depth] = byte === 0x7b && zone === messages ? message : byte === 0x7b && zone === batches ? batch : zone;
        if (byte === 0x5b && zone === root) zones[depth] = skip;
        parts[depth] = part;
        objects[depth] = byte === 0x7b;
        before[depth] = this.#count;
        types[depth] = undefined;
        datas[depth] = -1;
        depth += 1;
        this.#at += 1;
        this.#space();
        const close = byte === 0x7b ? 0x7d : 0x5d;
        if (body[this.#at] !== close) ended = false;
      } else if (byte === QUOTE) {
        const start = this.#at + 1;
        const end = this.#string();
        if (end < 0) return "a string is not closed, or holds a wrong escape or a raw control character";
        if (depth > 0 && objects[depth - 1] === true && zones[depth - 1] !== free && keyEnd - keyStart >= 4) {
          const at = depth - 1;
          if (this.#keyIs(keyStart, keyEnd, "type")) types[at] = this.#name(start, end);
          else if (this.#keyIs(keyStart, keyEnd, "data")) datas[at] = this.#count;
        }
        if (
          zone !== skip &&
          zone !== root &&
          zone !== batch &&
          zone !== batches &&
          zone !== tools &&
          zone !== calls &&
          zone !== settings &&
          zone !== message &&
          (zone !== source || this.#keyIs(keyStart, keyEnd, "data"))
        ) {
          this.#add(start, end, part, keyStart, keyEnd);
        }
      } else {
        const start = this.#at;
        if (!this.#scalar(byte)) return "a value is no JSON";
        // A number in a tool's input may be a phone number as well as a text may.
        if (zone === free && this.#at - start >= SHORTEST_NUMBER && byte !== 0x66) {
          this.#add(start, this.#at, part, keyStart, keyEnd);
        }
      }
      if (ended) {
        // Up through all that closes here.
        for (;;) {
          if (depth === 0) {
            this.#space();
            return this.#at === body.length ? undefined : "there is more behind the value";
          }
          this.#space();
          const next = body[this.#at];
          const object = objects[depth - 1] as boolean;
          if (next === (object ? 0x7d : 0x5d)) {
            this.#at += 1;
            depth -= 1;
            if (object && zones[depth] !== free)
              this.#seal(zones[depth] as Zone, before[depth] as number, types[depth], datas[depth] as number);
            continue;
          }
          if (next !== 0x2c) return object ? "a comma or } is missing" : "a comma or ] is missing";
          this.#at += 1;
          this.#space();
          break;
        }
      }
      // The next value's place.
      zone = zones[depth - 1] as Zone;
      part = parts[depth - 1] as number;
      if (objects[depth - 1] === true) {
        if (body[this.#at] !== QUOTE) return "a key is missing";
        keyStart = this.#at + 1;
        keyEnd = this.#string();
        if (keyEnd < 0) return "a key is not closed, or holds a wrong escape or a raw control character";
        this.#space();
        if (body[this.#at] !== 0x3a) return "a colon is missing";
        this.#at += 1;
        // What a tool's input calls its members is as much its own as what they hold.
        if (zone === free) this.#add(keyStart, keyEnd, part, keyStart, keyStart);
        else if (zone !== skip) {
          const key = this.#name(keyStart, keyEnd);
          [zone, part] = inside(zone, part, key);
        }
      }
    }
  }

  /** Takes back what an object turns out not to offer. */
  #seal(zone: Zone, before: number, type: string | undefined, data: number): void {
    if (zone === source && type !== "text" && type !== "content" && data >= 0) this.#drop(data);
    else if (zone === block && type !== undefined && SEALED.test(type)) this.#count = before;
  }

  #drop(index: number): void {
    this.#found.copyWithin(index * 5, (index + 1) * 5, this.#count * 5);
    this.#count -= 1;
  }

  #add(start: number, end: number, part: number, keyStart: number, keyEnd: number): void {
    const at = this.#count * 5;
    if (at + 5 > this.#found.length) {
      const more = new Int32Array(this.#found.length * 2);
      more.set(this.#found);
      this.#found = more;
    }
    this.#found[at] = start;
    this.#found[at + 1] = end;
    this.#found[at + 2] = part;
    this.#found[at + 3] = keyStart;
    this.#found[at + 4] = keyEnd;
    this.#count += 1;
  }

  #keyIs(start: number, end: number, name: string): boolean {
    // Each escaped letter takes five bytes more.
    const more = end - start - name.length;
    return more >= 0 && more % 5 === 0 && this.#name(start, end) === name;
  }

  /** A name without its escapes, which stand for any letter; `?` when it is longer than all that are known. */
  #name(start: number, end: number): string {
    if (end - start > 6 * LONGEST_NAME) return "?";
    const text = this.#body.toString("latin1", start, end);
    const plain = text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
    return plain.length > LONGEST_NAME ? "?" : plain;
  }

  #space(): void {
    const body = this.#body;
    let at = this.#at;
    for (let byte = body[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = body[at])
      at += 1;
    this.#at = at;
  }

  /** Reads a string from its quote on; returns where its closing quote is, or -1. */
  #string(): number {
    const body = this.#body;
    const length = body.length;
    let at = this.#at + 1;
    while (at < length) {
      const byte = body[at] as number;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return at;
      }
      if (byte < 0x20) break;
      if (byte !== BACKSLASH) {
        at += 1;
        continue;
      }
      const escaped = body[at + 1];
      if (escaped === 0x75) {
        for (let i = 2; i < 6; i++) if (!isHex(body[at + i])) return -1;
        at += 6;
      } else if (escaped !== undefined && '"\\/bfnrt'.includes(String.fromCharCode(escaped))) at += 2;
      else break;
    }
    this.#at = at;
    return -1;
  }

  #scalar(first: number): boolean {
    const body = this.#body;
    const from = this.#at;
    let at = from;
    for (
      let byte = body[at];
      byte !== undefined && byte > 0x20 && byte !== 0x2c && byte !== 0x7d && byte !== 0x5d;
      byte = body[at]
    )
      at += 1;
    if (at - from > 400) return false;
    const text = body.toString("latin1", from, at);
    this.#at = at;
    if (first === 0x2d || (first >= 0x30 && first <= 0x39))
      return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
    return text === "true" || text === "false" || text === "null";
  }
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** Where the value of a key stands. */
function inside(zone: Zone, part: number, key: string): [Zone, number] {
  switch (zone) {
    case root:
      if (key === "system") return [system, PART_OF.system];
      if (key === "messages") return [messages, PART_OF.messages];
      if (key === "prompt" || key === "prediction") return [block, PART_OF.messages];
      if (key === "tools" || key === "functions") return [tools, PART_OF.system];
      // What is said to who sums a conversation up.
      if (key === "context_management" || key === "compaction") return [settings, PART_OF.system];
      return [key === "requests" ? batches : skip, part];
    case settings:
      return [key === "instructions" ? block : settings, part];
    case batches:
      return [skip, part];
    case batch:
      return [key === "params" ? root : skip, part];
    case system:
      return [NAMES.has(key) ? skip : system, part];
    case message:
      if (key === "tool_calls" || key === "function_call") return [calls, PART_OF.tool_inputs];
      return [NAMES.has(key) ? skip : block, part];
    case calls:
      if (key === "arguments") return [args, PART_OF.tool_inputs | JSON_TEXT];
      return [key === "function" || key === "custom" ? calls : key === "input" ? block : skip, part];
    case tools:
      if (key === "description") return [block, PART_OF.system];
      return [NAMES.has(key) || key === "enum" || key === "default" || key === "const" ? skip : tools, part];
    case block:
      if (key === "source") return [source, part];
      if (key === "input") return [free, PART_OF.tool_inputs];
      if (key === "content") return [block, PART_OF.tool_results];
      return [NAMES.has(key) ? skip : block, part];
    case source:
      return key === "content" ? [block, part] : [key === "data" ? source : skip, part];
    default:
      return [zone, part];
  }
}
