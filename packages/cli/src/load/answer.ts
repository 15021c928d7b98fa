// One answer under load: whether it is whole, when its first token came, how many tokens it holds, and what went wrong.

import { frameData, frameName, mergeUsage, NO_USAGE, SseSplitter, type Usage } from "@fairlead/protocol";
import { ContentKeeper } from "./content-keeper.ts";
import { headerOf } from "./response-reader.ts";

/** Ways to fail. `status` an answer that is an error, `stream` an error told inside a stream, `cut` an answer that is not whole. */
export type FailureKind = "status" | "stream" | "cut" | "connection" | "timeout" | "content";

/** What went wrong: its kind, and a short text without anything of the request, by which alike failures are counted. */
export interface Wrong {
  readonly kind: FailureKind;
  readonly what: string;
  /** The message of the first error of this kind, for people. */
  readonly message: string;
}

/** Error bodies are read up to here, bytes. */
const MAX_BODY = 4_194_304;

/** Follows one answer. */
export class Answer {
  status = 0;
  usage: Usage = NO_USAGE;
  model: string | undefined;
  /** Monotonic time at which the first content came, milliseconds. */
  firstAt: number | undefined;
  /** What it says, where it is kept for the next turn; undefined until it is whole. */
  content: readonly unknown[] | undefined;
  readonly #keeper: ContentKeeper | undefined;
  readonly #wishes: "stream" | "json";
  readonly #now: () => number;
  #splitter: SseSplitter | undefined;
  #body: Buffer[] = [];
  #bodyBytes = 0;
  #type = "";
  #whole = false;
  #wrong: Wrong | undefined;

  constructor(wishes: "stream" | "json", now: () => number, keep = false) {
    this.#wishes = wishes;
    this.#keeper = keep ? new ContentKeeper() : undefined;
    this.#now = now;
  }

  head(status: number, head: string): void {
    this.status = status;
    this.#type = headerOf(head, "content-type") ?? "";
    if (status === 200 && this.#type.startsWith("text/event-stream")) {
      this.#splitter = new SseSplitter((frame) => this.#frame(frame));
    }
  }

  data(chunk: Buffer): void {
    if (this.#splitter !== undefined) {
      this.#splitter.push(chunk);
      return;
    }
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes <= MAX_BODY) this.#body.push(chunk);
  }

  /**
   * How it ended.
   * @param broken why the connection ended before the answer did as HTTP sees it; undefined when it did not
   * @returns what went wrong, or undefined for a whole answer
   */
  end(broken: string | undefined): Wrong | undefined {
    if (this.#wrong !== undefined) return this.#wrong;
    if (this.#splitter !== undefined) {
      if (this.#wishes === "json") return wrong("content", "200 with a stream that nobody asked for");
      if (this.#whole) return undefined;
      return broken === undefined
        ? wrong("cut", "stream ended without message_stop")
        : wrong("cut", `stream broke: ${broken}`);
    }
    if (this.status === 0) return wrong("connection", broken ?? "closed before an answer");
    if (broken !== undefined) return wrong("cut", `${this.status} broke in its body: ${broken}`);
    const body = Buffer.concat(this.#body).toString();
    if (this.status !== 200) return this.#refused(body);
    if (this.#wishes === "stream")
      return wrong("content", `200 that is no stream (${this.#type || "no content-type"})`);
    const message = record(parse(body));
    if (message.type !== "message") return wrong("content", "200 that is no message");
    this.model = text(message.model);
    this.usage = mergeUsage(this.usage, message.usage);
    if (this.#keeper !== undefined && Array.isArray(message.content)) this.content = message.content;
    return undefined;
  }

  #refused(body: string): Wrong {
    const { type, message, code } = toldIn(parse(body));
    const label = [String(this.status), type, code].filter((part) => part !== undefined).join(" ");
    return wrong("status", label, message ?? body.slice(0, 2_000));
  }

  #frame(frame: Buffer): void {
    this.#keeper?.frame(frame);
    switch (frameName(frame)) {
      case "content_block_delta":
        this.firstAt ??= this.#now();
        return;
      case "message_start": {
        const message = record(record(parse(frameData(frame))).message);
        this.model = text(message.model);
        this.usage = mergeUsage(this.usage, message.usage);
        return;
      }
      case "message_delta":
        this.usage = mergeUsage(this.usage, record(parse(frameData(frame))).usage);
        return;
      case "message_stop":
        this.#whole = true;
        this.content = this.#keeper?.content;
        return;
      case "error": {
        const { type, message, code } = toldIn(parse(frameData(frame)));
        const label = [type ?? "error", code].filter((part) => part !== undefined).join(" ");
        this.#wrong ??= wrong("stream", `error in the stream: ${label}`, message ?? "");
      }
    }
  }
}

function wrong(kind: FailureKind, what: string, message = ""): Wrong {
  return { kind, what, message };
}

/** Type, message and our own code of an error in Anthropic's envelope. */
function toldIn(envelope: unknown): {
  type: string | undefined;
  message: string | undefined;
  code: string | undefined;
} {
  const error = record(record(envelope).error);
  return {
    type: label(error.type),
    message: text(error.message),
    code: label(record(error.details).error_code),
  };
}

/** What went wrong without the key, which some servers repeat in their messages. */
export function withoutKey(one: Wrong | undefined, key: string): Wrong | undefined {
  if (one === undefined || key === "" || !(one.message + one.what).includes(key)) return one;
  return { ...one, what: one.what.replaceAll(key, "[key]"), message: one.message.replaceAll(key, "[key]") };
}

type Fields = { readonly [key: string]: unknown };

function parse(json: string | Buffer | undefined): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A word that may stand in a table: whatever else a server writes there is cut. */
function label(value: unknown): string | undefined {
  return text(value)
    ?.replace(/[^\w.:-]/g, "")
    .slice(0, 48);
}
