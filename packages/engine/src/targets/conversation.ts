// Which conversation a request belongs to, and what ties its history to one account.

import { HEADER, opensTurn, rawGet, type Span, scanPrefix, scanTies, type TieKind } from "@fairlead/protocol";
import type { Exchange } from "../exchange.ts";
import { type Hash64, Hasher, hashText } from "../mechanics/rendezvous.ts";

/** How a conversation was recognised: by a header, by `metadata.user_id`, by its cached prefix, or not at all. */
export type KeySource = "session" | "metadata" | "prefix" | "none";

/** One thing that ties a history to the account that made it. */
export interface Tie {
  readonly kind: TieKind;
  /** In words, for errors and traces; nothing of the content. */
  readonly why: string;
}

/** The conversation of a request. */
export interface Conversation {
  /** Tenant and conversation in one text, at most some 300 characters; undefined when nothing tells. */
  readonly key: string | undefined;
  readonly source: KeySource;
  /** The hash of the key, for rendezvous; zeros without a key. */
  readonly hash: Hash64;
  /** Why its history cannot move to another account; empty when it can. Found on the first look, by a scan of the body. */
  readonly ties: readonly Tie[];
  /** Whether the request opens a turn (no tool's result is being handed back). Found on the first look. */
  readonly opensTurn: boolean;
  /** Lets go of the request's body, from which the rest is read when somebody asks: the request is answered. */
  forgetBody(): void;
}

/** Names longer than this are hashed: a key is kept for as long as the conversation. */
const LONGEST_NAME = 128;

/** A longer `user_id` is not looked into; those of Claude Code have some 200 characters. */
const LONGEST_USER_ID = 2_000;

/** Of the cached prefix so many spans of a part are hashed, and of each its length, its first and its last bytes. */
const SPANS = 64;
const SPAN_BYTES = 256;

const WHY: { readonly [K in TieKind]: string } = {
  thinking: "its history holds signed thinking, which only the account that made it accepts",
  compaction: "its history holds a sealed compaction, which only the account that made it can read",
  file: "it refers to a file of the Files API, which lies in one account",
  container: "it goes on in a code container, which lives in one account",
  thread: "it continues a thread, whose messages the server keeps in one account",
};

const NONE: Hash64 = { hi: 0, lo: 0 };

/**
 * The conversation of an exchange; all copies of one exchange share what was found. The key is the tenant with, in this
 * order: the header `x-claude-code-session-id`; the session in `metadata.user_id` (JSON with `session_id`, or
 * `user_…_session_…`); a hash of the prefix that a prompt cache would keep, that is model, system, tools and all messages
 * up to the first of the user, without cache markers. Of that prefix the length and the first and last 256 bytes of at
 * most 64 texts each are hashed, some 100 KB at most, after one walk over the body. Two conversations that begin alike
 * then count as one, which is what a prompt cache makes of them too.
 */
export function conversationOf(x: Exchange): Conversation {
  x.tally.conversation ??= new Recognised(x);
  return x.tally.conversation;
}

class Recognised implements Conversation {
  readonly key: string | undefined;
  readonly source: KeySource;
  readonly hash: Hash64;
  #body: Buffer | null;
  #ties: readonly Tie[] | undefined;
  #opensTurn: boolean | undefined;

  constructor(x: Exchange) {
    this.#body = x.look.dialect === "plain" ? null : x.body;
    const tenant = x.principal?.project ?? "local";
    const named = rawGet(x.headers, HEADER.sessionId)?.trim() || undefined;
    const session = named ?? sessionOf(x.look.userId);
    if (session !== undefined) {
      this.source = named === undefined ? "metadata" : "session";
      this.key = `${tenant}\n${session.length > LONGEST_NAME ? print(hashText(session)) : session}`;
      this.hash = hashText(this.key);
      return;
    }
    const prefix = this.#body === null ? undefined : prefixHash(tenant, x.look.model, this.#body);
    this.source = prefix === undefined ? "none" : "prefix";
    this.key = prefix === undefined ? undefined : `${tenant}\n#${print(prefix)}`;
    this.hash = prefix ?? NONE;
  }

  get ties(): readonly Tie[] {
    if (this.#ties === undefined) {
      const kinds = this.#body === null ? [] : scanTies(this.#body);
      this.#ties = kinds.map((kind) => ({ kind, why: WHY[kind] }));
    }
    return this.#ties;
  }

  get opensTurn(): boolean {
    this.#opensTurn ??= this.#body === null || opensTurn(this.#body);
    return this.#opensTurn;
  }

  forgetBody(): void {
    this.#body = null;
  }
}

/** The session in `metadata.user_id`, as Claude Code writes it: JSON today, `user_<hash>_account_<id>_session_<id>` before. */
export function sessionOf(userId: string | undefined): string | undefined {
  if (userId === undefined || userId.length > LONGEST_USER_ID) return undefined;
  if (userId.startsWith("{")) {
    try {
      const raw: unknown = JSON.parse(userId);
      const session = typeof raw === "object" && raw !== null && "session_id" in raw ? raw.session_id : undefined;
      return typeof session === "string" && session !== "" ? session : undefined;
    } catch {
      return undefined;
    }
  }
  return /^user_.*_session_([\w-]+)$/.exec(userId)?.[1];
}

/** The hash of what a prompt cache would keep; undefined when there is no first turn to tell conversations apart. */
function prefixHash(tenant: string, model: string | undefined, body: Buffer): Hash64 | undefined {
  const { system, tools, firstTurn } = scanPrefix(body, SPANS);
  if (firstTurn.length === 0) return undefined;
  const hasher = new Hasher().text(tenant).text(model ?? "");
  for (const part of [system, tools, firstTurn]) {
    hasher.add(-2 - part.length);
    for (const [from, to] of part) addSpan(hasher, body, from, to);
  }
  return hasher.digest();
}

function addSpan(hasher: Hasher, body: Buffer, from: Span[0], to: Span[1]): void {
  hasher.add(to - from);
  const head = Math.min(to, from + SPAN_BYTES);
  hasher.bytes(body, from, head).bytes(body, Math.max(head, to - SPAN_BYTES), to);
}

function print({ hi, lo }: Hash64): string {
  return (hi >>> 0).toString(16).padStart(8, "0") + (lo >>> 0).toString(16).padStart(8, "0");
}
