// Sends messages to one target, one after the other, with retries: a dead target costs a bounded queue and nothing else.

import type { Clock, Runtime, Timer } from "@fairlead/runtime";
import { httpCall } from "../../outbound/http-call.ts";
import type { AlertTarget } from "./alert-options.ts";
import { type Bundle, type Reception, readStatus } from "./message.ts";
import { targetKind } from "./targets/target-kinds.ts";

/** How a message went. */
export interface DeliveryNews {
  readonly target: string;
  readonly result: "sent" | "retried" | "failed" | "dropped";
  /** Why, without the address or the secret. */
  readonly why: string;
}

/** Messages that wait for a target at most; the oldest goes first when there are more. */
const MAX_WAITING = 100;
/** Tries of one message. */
const MAX_TRIES = 6;
/** Back-off before the second try; it doubles, with full jitter on its upper half. */
const BASE_MS = 1_000;
const MAX_WAIT_MS = 300_000;

/** One target's queue. */
export class Delivery {
  readonly #target: AlertTarget;
  readonly #rt: Runtime;
  readonly #timeoutMs: number;
  readonly #news: (news: DeliveryNews) => void;
  readonly #send: typeof sendOnce;
  readonly #waiting: Bundle[] = [];
  #busy = false;
  #timer: Timer | undefined;
  #closed = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  #idle: (() => void)[] = [];
  /** Whether the last message arrived; undefined before the first. */
  up: boolean | undefined;

  constructor(
    target: AlertTarget,
    timeoutMs: number,
    rt: Runtime,
    news: (news: DeliveryNews) => void,
    send: typeof sendOnce = sendOnce,
  ) {
    this.#send = send;
    this.#target = target;
    this.#timeoutMs = timeoutMs;
    this.#rt = rt;
    this.#news = news;
  }

  get name(): string {
    return this.#target.name;
  }

  /** Queues a message. Returns at once. */
  push(bundle: Bundle): void {
    if (this.#closed) return;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift();
      this.#news({ target: this.name, result: "dropped", why: `${MAX_WAITING} messages wait` });
    }
    this.#waiting.push(bundle);
    if (!this.#busy) this.#next();
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  /** Gives up what waits. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#waiting.length = 0;
    this.#rest();
  }

  #rest(): void {
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #next(): void {
    const bundle = this.#waiting.shift();
    if (bundle === undefined || this.#closed) {
      this.#rest();
      return;
    }
    this.#busy = true;
    const { clock } = this.#rt;
    const wait = this.#sentAt + targetKind(this.#target.kind).spacingMs - clock.now();
    if (wait > 0) this.#timer = clock.timer(wait, () => void this.#try(bundle, 1));
    else void this.#try(bundle, 1);
  }

  async #try(bundle: Bundle, tries: number): Promise<void> {
    const { clock, random } = this.#rt;
    const { reception } = await this.#send(this.#target, bundle, this.#timeoutMs, clock);
    if (this.#closed) return;
    this.#sentAt = clock.now();
    const target = this.name;
    if (reception.result === "later" && tries < MAX_TRIES) {
      this.#news({ target, result: "retried", why: reception.why });
      const backoff = BASE_MS * 2 ** (tries - 1) * (0.5 + random.next() / 2);
      const wait = Math.min(MAX_WAIT_MS, Math.max(reception.afterMs ?? 0, backoff));
      this.#timer = clock.timer(wait, () => void this.#try(bundle, tries + 1));
      return;
    }
    this.up = reception.result === "sent";
    if (reception.result === "sent") this.#news({ target, result: "sent", why: "" });
    else this.#news({ target, result: "failed", why: reception.why });
    this.#next();
  }
}

/** Sends a message once, and what was said to it. `body` is the answer's, cut short. Never rejects. */
export async function sendOnce(
  target: AlertTarget,
  bundle: Bundle,
  timeoutMs: number,
  clock: Clock,
): Promise<{ readonly status: number; readonly body: string; readonly reception: Reception }> {
  const kind = targetKind(target.kind);
  const { url, headers, body } = kind.print(target, bundle, clock.wall());
  const reply = await httpCall(
    { method: "POST", url, headers: { "user-agent": "fairlead", ...headers }, body, timeoutMs },
    clock,
  );
  if ("reason" in reply)
    return { status: 0, body: "", reception: { result: "later", afterMs: undefined, why: reply.reason } };
  const hidden = withoutSecrets(reply.body, target);
  const reception = readStatus(reply.status, reply.retryAfter, hidden, clock.wall(), kind.read) ?? kind.read(hidden);
  return { status: reply.status, body: hidden.slice(0, 500), reception };
}

/** A target may repeat what it was sent: its address and secret do not go on into logs. */
function withoutSecrets(text: string, { url, secret }: AlertTarget): string {
  const parts = [url, secret, ...secretParts(url)].filter((one): one is string => one !== undefined && one.length >= 8);
  return parts.reduce((so, part) => so.replaceAll(part, "****"), text);
}

/** The parts of an address that let one post: its path's segments and its query's values. */
function secretParts(url: string): readonly string[] {
  const { pathname, searchParams } = new URL(url);
  return [pathname, ...pathname.split("/").filter((part) => part.length >= 16), ...searchParams.values()];
}
