// Models that a body names besides the one at its top: those to fall back to, and those of tools that ask a model themselves.

/** Bytes without which a body names no further model; letters may be escaped. */
const SIGNS = ["fallbacks", "advisor", "\\u00"] as const;
/** Nothing that the API reads stands deeper. */
const DEPTH = 200;
/** Longest name or model that is read, bytes: each letter may take six. */
const LONGEST = 4_096;

const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [COMMA, QUOTE, BACKSLASH] = [0x2c, 0x22, 0x5c];

interface Frame {
  readonly list: boolean;
  /** Models in it are those of `fallbacks`. */
  readonly fallbacks: boolean;
  key: string;
  awaitsKey: boolean;
  /** Its type is that of a tool that asks a model of its own. */
  asks: boolean;
  readonly models: string[];
}

/**
 * What stands under `fallbacks` at the top (`default` for those that the API chooses), and the model of each tool of the type
 * `advisor_…`, wherever it stands. Every one of several members of a name counts. Cheap for a body that has neither.
 * @param body JSON
 */
export function namedModels(body: Buffer): readonly string[] {
  if (!SIGNS.some((sign) => body.includes(sign))) return [];
  const found: string[] = [];
  const frames: Frame[] = [];
  let deeper = 0;
  for (let at = 0; at < body.length; at += 1) {
    const top = frames.at(-1);
    switch (body[at]) {
      case OPEN_OBJECT:
      case OPEN_LIST:
        if (frames.length === DEPTH) deeper += 1;
        else frames.push(opened(body[at] === OPEN_LIST, top, frames.length));
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        if (deeper > 0) deeper -= 1;
        else {
          frames.pop();
          if (top?.asks === true) for (const model of top.models) found.push(model);
        }
        break;
      case COMMA:
        if (deeper === 0 && top !== undefined) top.awaitsKey = !top.list;
        break;
      case QUOTE: {
        const from = at;
        at = closingQuote(body, at);
        if (deeper > 0 || top === undefined) break;
        if (!top.awaitsKey) taken(body, from, at, top, frames.length, found);
        else {
          top.key = textOf(body, from, at);
          top.awaitsKey = false;
        }
        break;
      }
      default:
    }
  }
  return found;
}

/** Where the text that opens at `open` closes; the end of the body when it does not. */
function closingQuote(body: Buffer, open: number): number {
  for (let at = body.indexOf(QUOTE, open + 1); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (body[before] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return body.length;
}

function opened(list: boolean, above: Frame | undefined, depth: number): Frame {
  const here = depth === 1 && above?.key === "fallbacks";
  const fallbacks = here || (depth <= 3 && above?.fallbacks === true);
  return { list, fallbacks, key: "", awaitsKey: !list, asks: false, models: [] };
}

function taken(body: Buffer, from: number, to: number, top: Frame, depth: number, found: string[]): void {
  const text = () => textOf(body, from, to);
  if (depth === 1 && top.key === "fallbacks") found.push(text());
  else if (top.fallbacks && (top.list || top.key === "model")) found.push(text());
  else if (!top.list && top.key === "model") top.models.push(text());
  else if (!top.list && top.key === "type" && text().startsWith("advisor")) top.asks = true;
}

/** A text without its quotes and escapes; empty when it is longer than a name, or has an escape that nobody can read. */
function textOf(body: Buffer, from: number, to: number): string {
  if (to - from > LONGEST) return "";
  try {
    return JSON.parse(body.toString("utf8", from, to + 1)) as string;
  } catch {
    return "";
  }
}
