// Counts the tokens of one answer while it is produced, and says so in the API's own usage object.

import { tokensOf } from "./tokens.ts";

/** Input side of a usage object. */
export interface InputUsage {
  input: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
}

/** The usage of one message in the making. */
export class UsageMeter {
  readonly input: InputUsage;
  readonly #overlay: Record<string, unknown>;
  readonly #tier: string;
  #chars = 0;
  #thinkingChars = 0;

  /** @param overlay laid over every usage object (scripts and faults). @param tier `standard` or `batch` */
  constructor(input: InputUsage, overlay: Record<string, unknown> = {}, tier = "standard") {
    this.input = input;
    this.#overlay = overlay;
    this.#tier = tier;
  }

  /** Adds produced characters. */
  add(chars: number, thinking: boolean): void {
    this.#chars += chars;
    if (thinking) this.#thinkingChars += chars;
  }

  /** Output tokens so far, thinking included. */
  get outputTokens(): number {
    return tokensOf(this.#chars);
  }

  /** Usage as message_start carries it: the input is settled, one token of output is out. */
  atStart(): Record<string, unknown> {
    return { ...this.#inputSide(), output_tokens: 1, service_tier: this.#tier, ...this.#overlay };
  }

  /** Usage as the last message_delta and a JSON answer carry it. */
  atEnd(): Record<string, unknown> {
    const thinking = tokensOf(this.#thinkingChars);
    return {
      ...this.#inputSide(),
      output_tokens: this.outputTokens,
      ...(thinking > 0 ? { output_tokens_details: { thinking_tokens: Math.min(thinking, this.outputTokens) } } : {}),
      service_tier: this.#tier,
      ...this.#overlay,
    };
  }

  #inputSide(): Record<string, unknown> {
    const { input, cacheRead, cacheWrite5m, cacheWrite1h } = this.input;
    return {
      input_tokens: input,
      cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
      cache_read_input_tokens: cacheRead,
      cache_creation: { ephemeral_5m_input_tokens: cacheWrite5m, ephemeral_1h_input_tokens: cacheWrite1h },
    };
  }
}
