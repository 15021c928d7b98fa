// A platform with an output-token limit: a bucket that refills continuously, charged as tokens are made, told in headers.

import {
  type Exchange,
  Flow,
  failure,
  type Outcome,
  type Source,
  type SourceSink,
  type Target,
} from "@fairlead/engine";
import { ClaudeReader } from "@fairlead/providers/anthropic";
import { normal, type Random, type Timer } from "@fairlead/runtime";
import { answered, ERROR_MS } from "./faults.ts";
import type { World } from "./world.ts";

/** How it is built. */
export interface LimitedPlan {
  /** Output tokens a minute. */
  readonly otpm: number;
  /** Mean of an answer's output tokens, and the deviation of the logarithm. */
  readonly meanTokens: number;
  readonly sigma: number;
  readonly maxTokens: number;
  /** Tokens a second of one stream. */
  readonly speed: number;
}

const FIRST_MS = 400;
const CHUNK_MS = 500;
const frame = (name: string, data: object) =>
  Buffer.from(`event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`);
const START = Buffer.concat([
  frame("message_start", {
    message: { id: "msg_1", model: "claude-sonnet-5-5", usage: { input_tokens: 500, output_tokens: 1 } },
  }),
  frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
]);
const STOP = frame("message_stop", {});

/** The bucket, its streams and what was made when. */
export class LimitedPlatform {
  readonly world: World;
  readonly plan: LimitedPlan;
  readonly #random: Random;
  #level: number;
  #at = 0;
  /** Tokens made, by whole second. */
  readonly made: number[] = [];
  refused = 0;

  constructor(world: World, plan: LimitedPlan) {
    this.world = world;
    this.plan = plan;
    this.#random = world.random("limited");
    this.#level = plan.otpm;
  }

  /** The face that instances see. */
  face(): Target {
    const target: Target = {
      name: "primary",
      platform: "primary",
      account: "primary",
      contextWindow: () => Number.POSITIVE_INFINITY,
      modelName: (model) => model,
      send: (x) => this.#send(x, target),
    };
    return target;
  }

  /** Tokens were made: they are charged at once. */
  charge(tokens: number): void {
    this.#refill();
    this.#level -= tokens;
    const second = Math.floor(this.world.clock.now() / 1_000);
    this.made[second] = (this.made[second] ?? 0) + tokens;
  }

  #refill(): void {
    const now = this.world.clock.now();
    this.#level = Math.min(this.plan.otpm, this.#level + ((now - this.#at) * this.plan.otpm) / 60_000);
    this.#at = now;
  }

  #headers(): string[] {
    const { otpm } = this.plan;
    const wallMs = this.world.clock.wall() + ((otpm - this.#level) * 60_000) / otpm;
    const remaining = Math.max(0, Math.round(this.#level / 1_000) * 1_000);
    return [
      "anthropic-ratelimit-output-tokens-limit",
      String(otpm),
      "anthropic-ratelimit-output-tokens-remaining",
      String(remaining),
      "anthropic-ratelimit-output-tokens-reset",
      rfc3339(wallMs),
    ];
  }

  #send(x: Exchange, target: Target): Promise<Outcome> {
    this.#refill();
    const { clock } = this.world;
    const { history } = this.world;
    const row = Number(x.id.slice(1));
    history.attempts[row] = (history.attempts[row] as number) + 1;
    return new Promise((resolve) => {
      const late = x.signal.onAbort(() => {
        timer.cancel();
        resolve(failure("client_gone", {}, { target }));
      });
      let timer: Timer;
      if (this.#level <= 0) {
        this.refused += 1;
        const seconds = Math.max(1, Math.ceil((-this.#level * 60) / this.plan.otpm));
        const headers = [...this.#headers(), "retry-after", String(seconds)];
        const failed = answered(429, "rate-limited", "rate_limit_error", headers, seconds * 1_000);
        timer = clock.timer(ERROR_MS, () => {
          late();
          resolve({ ...failed, target });
        });
        return;
      }
      const headers = this.#headers();
      timer = clock.timer(FIRST_MS, () => {
        late();
        const flow = new Flow(new Stream(this, this.#tokens()), new ClaudeReader("primary", false));
        resolve({ ok: true, status: 200, headers, flow, target, rewritten: false });
      });
    });
  }

  #tokens(): number {
    const { meanTokens, sigma, maxTokens } = this.plan;
    const median = meanTokens / Math.exp((sigma * sigma) / 2);
    return Math.max(1, Math.min(maxTokens, Math.round(median * Math.exp(sigma * normal(this.#random)))));
  }
}

/** One answer: a piece every half second, as fast as the model writes. */
class Stream implements Source {
  readonly #platform: LimitedPlatform;
  readonly #tokens: number;
  #made = 0;
  #sink: SourceSink | undefined;
  #timer: Timer | undefined;

  constructor(platform: LimitedPlatform, tokens: number) {
    this.#platform = platform;
    this.#tokens = tokens;
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    sink.data(START);
    this.#piece(1);
  }

  pause(): void {}

  resume(): void {}

  cancel(): void {
    this.#timer?.cancel();
    this.#sink = undefined;
  }

  #piece(tokens: number): void {
    this.#platform.charge(tokens);
    this.#made += tokens;
    const text = "word".repeat(tokens);
    this.#sink?.data(frame("content_block_delta", { index: 0, delta: { type: "text_delta", text } }));
    const left = this.#tokens - this.#made;
    if (left <= 0) {
      this.#end();
      return;
    }
    const { speed } = this.#platform.plan;
    const next = Math.min(left, Math.round((speed * CHUNK_MS) / 1_000));
    this.#timer = this.#platform.world.clock.timer((next / speed) * 1_000, () => this.#piece(next));
  }

  #end(): void {
    const sink = this.#sink;
    sink?.data(frame("content_block_stop", { index: 0 }));
    sink?.data(frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: this.#made } }));
    sink?.data(STOP);
    sink?.end();
  }
}

/** Unix milliseconds as the API writes them, without a fraction. */
function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
