// What is sent to a target: an HTTP request, made anew for each try because signatures hold the time.

import { HEADER, retryAfterMs } from "@fairlead/protocol";
import type { Alert } from "./alert.ts";
import type { AlertTarget, Language } from "./alert-options.ts";

/** Several alerts in one message. */
export interface Bundle {
  /** The same for every try of one message. */
  readonly id: string;
  readonly alerts: readonly Alert[];
  /** Alerts beyond those that are listed. */
  readonly more: number;
  readonly language: Language;
  /** Unix milliseconds. */
  readonly at: number;
  /** Which gateway says it. */
  readonly instance: string;
  readonly test: boolean;
}

/** One HTTP POST. */
export interface Outgoing {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** What a target's answer means: it arrived, it may work later (after so many milliseconds, if it said), it never will. */
export type Reception =
  | { readonly result: "sent" }
  | { readonly result: "later"; readonly afterMs: number | undefined; readonly why: string }
  | { readonly result: "never"; readonly why: string };

/** A kind of target. */
export interface TargetKind {
  /** Least time between two messages, milliseconds, from the vendor's limits. */
  readonly spacingMs: number;
  /** `now` is Unix milliseconds. */
  print(target: AlertTarget, bundle: Bundle, now: number): Outgoing;
  /** Reads an answer with a status of success; statuses of failure mean the same everywhere. */
  read(body: string): Reception;
}

/**
 * What an answer's status means where nothing more is known. `retryAfter` as the header has it, seconds or a date; `wall` is
 * Unix milliseconds; `read` knows codes that say more than a status does.
 */
export function readStatus(
  status: number,
  retryAfter: string | undefined,
  body: string,
  wall: number,
  read?: TargetKind["read"],
): Reception | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) {
    return {
      result: "never",
      why: `status ${status}: redirects are not followed; configure the address that it leads to`,
    };
  }
  const said = body.trimStart().startsWith("{") ? read?.(body) : undefined;
  const why = `status ${status}: ${said === undefined || said.result === "sent" ? shortened(body) : said.why}`;
  if (status === 429 || status === 408 || status >= 500) {
    const afterMs = retryAfterMs((name) => (name === HEADER.retryAfter ? retryAfter : undefined), wall);
    return { result: "later", afterMs, why };
  }
  return said?.result === "later" ? { ...said, why } : { result: "never", why };
}

/** The answer `{"errcode":0}`, as DingTalk and WeCom give it, or `{"code":0}`, as Feishu does. */
export function readCode(body: string, name: "errcode" | "code", later: ReadonlySet<number>): Reception {
  let value: { readonly [key: string]: unknown };
  try {
    value = JSON.parse(body) as { readonly [key: string]: unknown };
  } catch {
    return { result: "never", why: `the answer is no JSON: ${shortened(body)}` };
  }
  // Older addresses of Feishu answer with StatusCode.
  const code = value?.[name] ?? value?.StatusCode;
  if (code === 0) return { result: "sent" };
  const why = `${name} ${String(code)}: ${shortened(String(value?.errmsg ?? value?.msg ?? ""))}`;
  return typeof code === "number" && later.has(code)
    ? { result: "later", afterMs: 60_000, why }
    : { result: "never", why };
}

/** The parts of a message in one text. */
export interface MessageText {
  readonly head: readonly string[];
  /** A line for each alert. */
  readonly lines: readonly string[];
  readonly foot: readonly string[];
  /** Alerts that are not among the lines, and how their count is told. */
  readonly more: number;
  readonly moreText: (count: number) => string;
}

/** The text in at most so many bytes of UTF-8: with as many alerts as there is room for, and the count of the others. */
export function fitted({ head, lines, foot, more, moreText }: MessageText, separator: string, most: number): string {
  const text = (shown: readonly string[]) => {
    const rest = more + lines.length - shown.length;
    return [...head, ...shown, ...(rest > 0 ? [moreText(rest)] : []), ...foot].join(separator);
  };
  for (let count = lines.length; count > 0; count--) {
    const whole = text(lines.slice(0, count));
    if (Buffer.byteLength(whole) <= most) return whole;
  }
  const [first] = lines;
  if (first === undefined) return text([]);
  const room = most - Buffer.byteLength(text([""])) - Buffer.byteLength("…");
  return text([`${cutBytes(first, Math.max(0, room))}…`]);
}

/** The beginning of a text in at most so many bytes; no character is cut. */
function cutBytes(text: string, most: number): string {
  // A decoder that waits for more leaves out what is not whole.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, most), { stream: true });
}

function shortened(text: string): string {
  const one = text.replace(/\s+/g, " ").trim();
  return one.length > 200 ? `${one.slice(0, 200)}...` : one;
}
