// The plan of an answer: which blocks, how they end, and how they are paced, before a byte is written.

import type { Distribution } from "../distribution.ts";
import { plainText, type TextSource } from "./prose.ts";

/** A content block to come. `whole` blocks arrive complete in content_block_start (results, redacted thinking, unknown types). */
export type PlannedBlock =
  | { type: "text"; text: TextSource; citations?: readonly unknown[] }
  | { type: "thinking"; text: TextSource; signature: string; omitted?: boolean }
  | { type: "tool"; block: Record<string, unknown>; json: TextSource; cut?: boolean }
  | { type: "whole"; block: Record<string, unknown> };

/** How bytes are cut into writes: an event each, a fixed number of bytes, cut at random, or several events together. */
export type Chunking = "event" | "coalesced" | "random" | number;

/** Everything about an answer that is known before it begins. */
export interface Plan {
  blocks: PlannedBlock[];
  stopReason: string;
  stopSequence: string | null;
  /** Only for `refusal`. */
  stopDetails?: Record<string, unknown> | null;
  container?: Record<string, unknown> | null;
  /** False: the tokens produced are not billed (a refusal before any output, protocol.md 1.6). */
  billed: boolean;
  /** Laid over the usage that was counted. */
  usage?: Record<string, unknown>;
  /** In place of the region's pace. Also waited for at pace `instant`. */
  tokensPerSecond?: Distribution;
  firstTokenMs?: Distribution;
  /** Milliseconds of silence after which a ping goes out. 0: never. Default 10,000 (protocol.md 1.8). */
  pingMs: number;
  /** Characters in a delta. Default: drawn between 8 and 40. */
  deltaChars?: number;
  chunking?: Chunking;
}

/** Ping interval in silence, milliseconds: within the 10-20 s of protocol.md 1.8. */
export const PING_MS = 10_000;

/** A plan of one text block that ends by itself. */
export function planOf(blocks: PlannedBlock[], stopReason = "end_turn"): Plan {
  return { blocks, stopReason, stopSequence: null, billed: true, pingMs: PING_MS };
}

/** Output characters of a block, what counts towards max_tokens. */
export function sizeOf(block: PlannedBlock): number {
  switch (block.type) {
    case "text":
    case "thinking":
      return block.text.length;
    case "tool":
      return block.json.length + String(block.block.name ?? "").length;
    case "whole":
      return block.block.type === "redacted_thinking" ? 64 : 0;
  }
}

/** Cuts the answer off after `chars` characters; the stop reason becomes `reason` when anything had to go. */
export function cutAt(plan: Plan, chars: number, reason: string): Plan {
  let left = chars;
  const blocks: PlannedBlock[] = [];
  for (const block of plan.blocks) {
    const size = sizeOf(block);
    if (size <= left) {
      blocks.push(block);
      left -= size;
      continue;
    }
    if (block.type === "text") blocks.push({ ...block, text: firstOf(block.text, left), citations: [] });
    if (block.type === "thinking") blocks.push({ ...block, text: firstOf(block.text, left) });
    if (block.type === "tool" && left > 0) blocks.push({ ...block, json: firstOf(block.json, left), cut: true });
    return { ...plan, blocks, stopReason: reason, stopSequence: null };
  }
  return plan;
}

/** Ends the answer before the first stop sequence in its text. Texts above 1 MiB are not searched. */
export function stopAt(plan: Plan, sequences: readonly string[]): Plan {
  for (const [index, block] of plan.blocks.entries()) {
    if (block.type !== "text" || block.text.length > 1_048_576) continue;
    const text = block.text.slice(0, block.text.length);
    let at = -1;
    let found = "";
    for (const sequence of sequences) {
      const place = sequence === "" ? -1 : text.indexOf(sequence);
      if (place >= 0 && (at < 0 || place < at)) {
        at = place;
        found = sequence;
      }
    }
    if (at < 0) continue;
    const blocks = [...plan.blocks.slice(0, index), { ...block, text: plainText(text.slice(0, at)) }];
    return { ...plan, blocks, stopReason: "stop_sequence", stopSequence: found };
  }
  return plan;
}

function firstOf(text: TextSource, length: number): TextSource {
  return {
    length: Math.max(0, Math.min(length, text.length)),
    slice: (from, to) => text.slice(from, Math.min(to, length)),
  };
}
