// Reads and prints single SSE frames; the cutting of a stream into frames is in sse-splitter.ts.
import { SseSplitter } from "./sse-splitter.ts";

export { SseSplitter } from "./sse-splitter.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const LOWER_D = 100;

/** The keep-alive event of the Messages API, whitespace as the API prints it. SDKs skip it unparsed, at any place. */
export const PING_FRAME: Buffer = Buffer.from('event: ping\ndata: {"type": "ping"}\n\n');

/** The event names of the Messages API (protocol reference 1.8). The set is open: others may come. */
export const EVENT_NAMES = [
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
  "ping",
  "error",
] as const;

interface KnownName {
  readonly name: string;
  readonly bytes: Buffer;
}

const known = (name: (typeof EVENT_NAMES)[number]): KnownName => ({
  name,
  bytes: Buffer.from(`event: ${name}\ndata:`),
});
const MESSAGE_START = known("message_start");
const BLOCK_START = known("content_block_start");
const BLOCK_DELTA = known("content_block_delta");
const BLOCK_STOP = known("content_block_stop");
const MESSAGE_DELTA = known("message_delta");
const MESSAGE_STOP = known("message_stop");
const PING = known("ping");
const ERROR = known("error");

/** The one known name that the frame can have, judged by where the first line ends and one byte. */
function candidate(frame: Buffer): KnownName | undefined {
  switch (frame[7]) {
    case 0x63: // c: content_block_…; byte 21 is the first of the last word
      if (frame[26] === LF) return frame[21] === LOWER_D ? BLOCK_DELTA : BLOCK_START;
      return BLOCK_STOP;
    case 0x6d: // m: message_…; byte 15 is the first of the last word
      if (frame[20] === LF) return frame[15] === LOWER_D ? MESSAGE_DELTA : MESSAGE_START;
      return MESSAGE_STOP;
    case 0x70:
      return PING;
    case 0x65:
      return ERROR;
    default:
      return undefined;
  }
}

/** The known name whose two-line form (`event: name`, `data: …`) the frame has, or undefined. */
function knownForm(frame: Buffer): KnownName | undefined {
  const found = candidate(frame);
  if (found === undefined) return undefined;
  const bytes = found.bytes;
  for (let i = bytes.length - 1; i >= 0; i--) if (frame[i] !== bytes[i]) return undefined;
  // A second line end that is not the end of the frame means more lines, of which one may be another event line.
  return frame.indexOf(LF, bytes.length) === frame.length - 2 ? found : undefined;
}

/**
 * The event name of one frame, '' when it has none (a comment, or data alone). For the frames that the Messages API
 * prints this builds no string and returns a constant.
 */
export function frameName(frame: Buffer): string {
  const found = knownForm(frame);
  return found === undefined ? parseFrame(frame).event : found.name;
}

/** The bytes of a frame's data: the one data line as a view, several joined by LF as a copy, undefined without any. */
export function frameData(frame: Buffer): Buffer | undefined {
  const found = knownForm(frame);
  if (found !== undefined && frame.indexOf(CR) < 0) {
    const from = found.bytes.length;
    return frame.subarray(frame[from] === SPACE ? from + 1 : from, frame.length - 2);
  }
  const parsed = parseFrame(frame);
  return parsed.hasData ? Buffer.from(parsed.data) : undefined;
}

/** One frame, read by the WHATWG rules. */
export interface ParsedFrame {
  /** The last event field, '' when there is none. */
  readonly event: string;
  /** All data lines, joined by LF; '' when there is none (see `hasData`). */
  readonly data: string;
  /** Whether there was a data line at all, be it an empty one. */
  readonly hasData: boolean;
  /** The last id field without a NUL. */
  readonly id?: string;
  /** The last retry field made of digits only, in milliseconds. */
  readonly retry?: number;
  /** Whether the frame holds comment lines and no field. */
  readonly comment: boolean;
}

/**
 * Reads one frame by the WHATWG rules: any line ends, one optional space after the colon, a leading BOM dropped, unknown
 * fields ignored. A last frame without its blank line, or even without its line end, is read as well.
 */
export function parseFrame(frame: Buffer): ParsedFrame {
  let text = frame.toString("utf8");
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  let event = "";
  let id: string | undefined;
  let retry: number | undefined;
  let comments = 0;
  let fields = 0;
  const data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon === 0) {
      comments += 1;
      continue;
    }
    fields += 1;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d+$/.test(value)) retry = Number(value);
  }
  return {
    event,
    data: data.join("\n"),
    hasData: data.length > 0,
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retry }),
    comment: comments > 0 && fields === 0,
  };
}

/**
 * Prints one event as the Messages API does: `event: x`, `data: y`, a blank line. Data of several lines gets a data line
 * each; an empty event name gets no event line. Line ends in the name are refused with a TypeError, since they would
 * forge fields.
 */
export function printFrame(event: string, data: string): string {
  if (/[\r\n]/.test(event)) throw new TypeError("An SSE event name cannot hold a line end.");
  const head = event === "" ? "" : `event: ${event}\n`;
  const lines = /[\r\n]/.test(data) ? data.split(/\r\n|\n|\r/).join("\ndata: ") : data;
  return `${head}data: ${lines}\n\n`;
}

/** Reads a stream of SSE bytes into parsed events. For programs that want content; a relay uses the splitter alone. */
export class SseReader {
  readonly #splitter: SseSplitter;
  readonly #take: (frame: Buffer) => void;

  /**
   * @param onEvent gets every frame that has a data line, in order.
   * @param onComment gets every frame that has comments only, which is how some servers keep a connection alive.
   */
  constructor(onEvent: (event: ParsedFrame) => void, onComment?: (frame: ParsedFrame) => void) {
    this.#take = (frame) => {
      const parsed = parseFrame(frame);
      if (parsed.hasData) onEvent(parsed);
      else if (parsed.comment) onComment?.(parsed);
    };
    this.#splitter = new SseSplitter(this.#take);
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): void {
    this.#splitter.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  /** Ends the stream. A last frame without its blank line is delivered; WHATWG clients would drop it. */
  end(): void {
    const rest = this.#splitter.rest();
    if (rest.length > 0) this.#take(rest);
  }
}
