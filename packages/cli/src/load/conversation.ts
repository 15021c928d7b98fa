// The requests of a load of conversations: each turn sends all that was said before, as chats and agents do.

import { type Random, seededRandom } from "@fairlead/runtime";
import {
  fillerOf,
  headOf,
  type MadeRequest,
  type Maker,
  type RequestShape,
  userOf,
  wishOf,
  wordOf,
} from "./request-maker.ts";

/** What conversations are like. */
export interface ConversationShape {
  /** Turns of each. */
  readonly turns: number;
  /** Asks for thinking, whose signed blocks are then part of the history. */
  readonly thinking: boolean;
}

/**
 * Makes conversations: `next` begins one. Each has a session id (the header of Claude Code, by which proxies keep a
 * conversation in one place) and a cache mark over all that it sends.
 */
export class Conversations implements Maker {
  readonly #shape: RequestShape;
  readonly #kind: ConversationShape;
  readonly #random: Random;
  readonly #filler: string;
  #begun = 0;

  constructor(shape: RequestShape, kind: ConversationShape) {
    this.#shape = shape;
    this.#kind = kind;
    this.#random = seededRandom(shape.seed);
    this.#filler = fillerOf(shape, seededRandom(`${shape.seed}/words`));
  }

  next(): MadeRequest {
    const { tenants, keys } = this.#shape;
    const tenant = tenants === 0 ? 0 : this.#begun % tenants;
    const key = keys[(tenants === 0 ? this.#begun : tenant) % keys.length] ?? "";
    this.#begun += 1;
    const id = wordOf(this.#random) + wordOf(this.#random);
    const session = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`;
    const opening = `${wordOf(this.#random)} ${wishOf(this.#shape, this.#random)}${this.#filler}`;
    return this.#turn({ tenant, key, session }, [{ role: "user", content: opening }], 1);
  }

  #turn(who: Who, messages: readonly unknown[], turn: number): MadeRequest {
    const { model, maxTokens, stream, tenants } = this.#shape;
    const body = JSON.stringify({
      model,
      max_tokens: maxTokens,
      stream,
      cache_control: { type: "ephemeral" },
      ...(this.#kind.thinking ? { thinking: { type: "adaptive" } } : {}),
      ...(tenants === 0 ? {} : { metadata: { user_id: userOf(who.tenant) } }),
      messages,
    });
    const headers = [...this.#shape.headers, ["x-claude-code-session-id", who.session] as const];
    const bytes = Buffer.from(body);
    const again = (content: readonly unknown[] | undefined) => {
      if (turn >= this.#kind.turns) return undefined;
      if (content === undefined || content.length === 0) return this.#turn(who, messages, turn + 1);
      const wish = `${wordOf(this.#random)} ${wishOf(this.#shape, this.#random)}`;
      const more = [...messages, { role: "assistant", content }, { role: "user", content: wish }];
      return this.#turn(who, more, turn + 1);
    };
    const { tenant, key } = who;
    return { pieces: [headOf({ ...this.#shape, headers }, key, bytes.length), bytes], tenant, key, again };
  }
}

interface Who {
  readonly tenant: number;
  readonly key: string;
  readonly session: string;
}
