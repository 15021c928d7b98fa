// One JSON line per request: written by hand, gathered, and handed on in blocks. Holds no key and no word of a prompt.

import { eventful, type RequestFact, stepText } from "@fairlead/engine";
import { billedTokens, formatRfc3339 } from "@fairlead/protocol";
import type { Fact, Runtime, Timer } from "@fairlead/runtime";
import type { AdminFact } from "../admin/admin-fact.ts";
import type { LimitStoreFact } from "../tenancy/facts.ts";
import type { AlertDeliveryFact, AlertFact } from "./alerts/alerts.ts";
import type { RefusalFact, SecretFact, ServerFact } from "./edge-facts.ts";
import { toldStatus } from "./told-status.ts";

/** Lines wait at most this long, milliseconds, or until this many characters are there. */
const FLUSH_MS = 50;
const FLUSH_CHARS = 65_536;
/** Names that callers choose are cut to this length. */
const MAX_NAME = 100;
/** An error with its stack is cut to this length. */
const MAX_ERROR = 2_000;
/** Steps of a line at most: the last ones. */
const MAX_STEPS = 40;

/** Writes lines through `write`, which gets whole lines, possibly many at once. */
export class RequestLog {
  readonly #rt: Runtime;
  readonly #write: (text: string) => void;
  /** Whether requests have lines. */
  requests: boolean;
  #waiting = "";
  #second = Number.NaN;
  #secondText = "";
  #timer: Timer | undefined;

  constructor(rt: Runtime, write: (text: string) => void, requests: boolean) {
    this.#rt = rt;
    this.#write = write;
    this.requests = requests;
  }

  readonly listen = (fact: Fact): void => {
    if (fact.kind === "request") {
      if (this.requests) this.#line(requestLine(fact as RequestFact, this.#stamp(this.#rt.clock.wall())));
    } else if (fact.kind === "refusal") {
      if (this.requests) this.#line(refusalLine(fact as RefusalFact, this.#rt.clock.wall()));
    } else if (fact.kind === "server") {
      const { event, detail } = fact as ServerFact;
      this.#line(`{"time":"${stamp(this.#rt.clock.wall())}","event":"${event}","detail":${JSON.stringify(detail)}}`);
    } else if (fact.kind === "admin-error") {
      const { id, path, what } = fact as AdminFact;
      this.#line(
        `{"time":"${stamp(this.#rt.clock.wall())}","event":"admin-error","id":${JSON.stringify(id)},"path":${JSON.stringify(path)},"detail":${JSON.stringify(what.slice(0, MAX_ERROR))}}`,
      );
    } else if (fact.kind === "alert-delivery") {
      const { target, result, why } = fact as AlertDeliveryFact;
      if (result !== "failed" && result !== "dropped") return;
      this.#line(
        `{"time":"${stamp(this.#rt.clock.wall())}","event":"alert-target","target":${JSON.stringify(target)},"result":"${result}","detail":${JSON.stringify(why)}}`,
      );
    } else if (fact.kind === "alert") {
      const { rule, severity, what, fingerprint } = fact as AlertFact;
      if (what === "claimed") return;
      this.#line(
        `{"time":"${stamp(this.#rt.clock.wall())}","event":"alert","rule":${JSON.stringify(rule)},"severity":"${severity}","what":"${what}","fingerprint":${JSON.stringify(fingerprint)}}`,
      );
    } else if (fact.kind === "limit-store") {
      const { event, why, instances } = fact as LimitStoreFact;
      const away = `Redis is away (${why}): this instance goes on with its part of limits, of ${instances}, and budgets for a while`;
      const detail = event === "away" ? away : `Redis is back, limits are shared by ${instances}`;
      this.#line(
        `{"time":"${stamp(this.#rt.clock.wall())}","event":"limits","detail":${JSON.stringify(detail.slice(0, MAX_ERROR))}}`,
      );
    } else if (fact.kind === "secret") {
      const { reference, result, message } = fact as SecretFact;
      if (result !== "changed" && message === "") return;
      const why = message === "" ? "" : `,"detail":${JSON.stringify(message)}`;
      this.#line(
        `{"time":"${stamp(this.#rt.clock.wall())}","event":"secret","reference":${JSON.stringify(reference)},"result":"${result}"${why}}`,
      );
    }
  };

  /** Hands on what waits. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "") this.#write(text);
  }

  /** As `stamp`, with the second's text kept from one line to the next. */
  #stamp(wall: number): string {
    const second = Math.floor(wall / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = formatRfc3339(wall).slice(0, -1);
    }
    return withMs(this.#secondText, wall);
  }

  #line(text: string): void {
    this.#waiting += `${text}\n`;
    if (this.#waiting.length >= FLUSH_CHARS) this.flush();
    else this.#timer ??= this.#rt.clock.timer(FLUSH_MS, () => this.flush());
  }
}

function requestLine(fact: RequestFact, time: string): string {
  const { x, answer } = fact;
  let line = `{"time":"${time}","event":"request","id":"${x.id}","project":${name(x.principal?.project ?? "")},"key":"${x.principal?.keyId ?? ""}","method":"${x.method}","path":${name(pathOf(x.path))}`;
  if (x.look.model !== undefined) line += `,"model":${name(x.look.model)},"stream":${x.look.stream}`;
  line += `,"verdict":"${fact.verdict}","status":${toldStatus(fact)},"attempts":${fact.attempts},"upstream":${name(fact.upstream ?? "")},"first_ms":${round(fact.firstMs)},"total_ms":${round(fact.totalMs)},"wire_ms":${round(fact.wireMs)},"bytes":${fact.bytes}`;
  if (fact.code !== undefined) line += `,"code":"fairlead_${fact.code}"`;
  if (fact.upstreamRequestId !== undefined) line += `,"upstream_request_id":${name(fact.upstreamRequestId)}`;
  const session = header(x.headers, "x-claude-code-session-id");
  if (session !== undefined) line += `,"session":${name(session)}`;
  if (fact.reused !== undefined) line += `,"reused":"${fact.reused}"`;
  if (answer?.usage !== undefined) {
    const usage = billedTokens(answer.usage);
    line += `,"input_tokens":${usage.inputTokens},"output_tokens":${usage.outputTokens},"cache_read_tokens":${usage.cacheReadTokens},"cache_write_tokens":${usage.cacheWrite5mTokens + usage.cacheWrite1hTokens}`;
  }
  if (answer?.stopReason !== undefined) line += `,"stop_reason":${name(answer.stopReason)}`;
  const { steps } = x.tally;
  if (eventful(steps)) line += `,"steps":[${steps.slice(-MAX_STEPS).map((step) => name(stepText(step)))}]`;
  return `${line}}`;
}

function refusalLine(fact: RefusalFact, wall: number): string {
  const who =
    fact.project === undefined ? "" : `,"project":${JSON.stringify(fact.project)},"key":"${fact.keyId ?? ""}"`;
  return `{"time":"${stamp(wall)}","event":"refusal","id":"${fact.id}"${who},"method":${name(fact.method)},"route":"${fact.route}","status":${fact.status},"code":"fairlead_${fact.code}"}`;
}

function header(raw: readonly string[], lower: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    const one = raw[i] as string;
    if (one.length === lower.length && one.toLowerCase() === lower) return raw[i + 1];
  }
  return undefined;
}

function pathOf(target: string): string {
  const question = target.indexOf("?");
  return question < 0 ? target : target.slice(0, question);
}

/** Texts that need no escape: what names, ids and paths are made of. */
const PLAIN = /^[\w\-./:@ ]*$/;

function name(text: string): string {
  if (text.length <= MAX_NAME && PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}...` : text);
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** Unix milliseconds as RFC 3339 with milliseconds. */
export function stamp(wall: number): string {
  return withMs(formatRfc3339(wall).slice(0, -1), wall);
}

function withMs(seconds: string, wall: number): string {
  const ms = Math.floor(wall) % 1_000;
  return `${seconds}.${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
}
