// The header `x-simulator-answer`: an answer word for word, as JSON.

import { type Distribution, distributionProblem } from "../distribution.ts";
import type { Study } from "./author.ts";
import { type Chunking, PING_MS, type Plan, type PlannedBlock } from "./plan.ts";
import { type Prose, plainText, type TextSource } from "./prose.ts";
import { sign } from "./signature.ts";
import { array, object } from "./turn.ts";

const KEYS = [
  "blocks",
  "stop_reason",
  "stop_sequence",
  "stop_details",
  "container",
  "usage",
  "billed",
  "tokens_per_second",
  "first_token_ms",
  "ping_ms",
  "delta_chars",
  "chunks",
];

/**
 * Reads a scripted answer. Shape: `{blocks?, stop_reason?, stop_sequence?, stop_details?, container?, usage?, billed?,
 * tokens_per_second?, first_token_ms?, ping_ms?, delta_chars?, chunks?}`. A block is a content block of the API; text
 * and thinking may say `words`, `tokens` or `chars` (a length) in place of their text, and tool_use carries its `input`.
 * Blocks of any other type arrive complete in their start event. Gives a sentence when the script is wrong.
 */
export function script(header: string, study: Study): Plan | string {
  let value: unknown;
  try {
    value = JSON.parse(wide(header));
  } catch (error) {
    return `x-simulator-answer is not JSON: ${(error as Error).message}`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return "x-simulator-answer must be an object";
  const wish = value as Record<string, unknown>;
  const extra = Object.keys(wish).find((key) => !KEYS.includes(key));
  if (extra !== undefined) return `x-simulator-answer knows no "${extra}"; it takes ${KEYS.join(", ")}`;
  for (const key of ["tokens_per_second", "first_token_ms"]) {
    const problem = wish[key] === undefined ? undefined : distributionProblem(wish[key]);
    if (problem !== undefined) return `x-simulator-answer ${key} ${problem}`;
  }
  const chunking = wish.chunks;
  if (chunking !== undefined && !isChunking(chunking)) {
    return 'x-simulator-answer chunks must be "event", "coalesced", "random" or a number of bytes';
  }
  const blocks = array(wish.blocks ?? [{ type: "text", words: 12 }]).map((block) => planned(object(block), study));
  const calls = blocks.some((block) => block.type === "tool" && block.block.type === "tool_use");
  return {
    blocks,
    stopReason: String(wish.stop_reason ?? (calls ? "tool_use" : "end_turn")),
    stopSequence: typeof wish.stop_sequence === "string" ? wish.stop_sequence : null,
    ...(wish.stop_details === undefined ? {} : { stopDetails: object(wish.stop_details) }),
    ...(wish.container === undefined ? {} : { container: object(wish.container) }),
    billed: wish.billed !== false,
    ...(wish.usage === undefined ? {} : { usage: object(wish.usage) }),
    ...(wish.tokens_per_second === undefined ? {} : { tokensPerSecond: wish.tokens_per_second as Distribution }),
    ...(wish.first_token_ms === undefined ? {} : { firstTokenMs: wish.first_token_ms as Distribution }),
    pingMs: typeof wish.ping_ms === "number" ? wish.ping_ms : PING_MS,
    ...(typeof wish.delta_chars === "number" ? { deltaChars: Math.max(1, wish.delta_chars) } : {}),
    ...(chunking === undefined ? {} : { chunking }),
  };
}

/** HTTP hands header bytes over as Latin-1; when they are UTF-8, that is what was meant. */
function wide(header: string): string {
  const bytes = Buffer.from(header, "latin1");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : header;
}

function isChunking(value: unknown): value is Chunking {
  return value === "event" || value === "coalesced" || value === "random" || (typeof value === "number" && value >= 1);
}

function planned(block: Record<string, unknown>, study: Study): PlannedBlock {
  switch (block.type) {
    case "text": {
      const citations = array(block.citations);
      return {
        type: "text",
        text: wording(block, "text", study.prose),
        ...(citations.length > 0 ? { citations } : {}),
      };
    }
    case "thinking": {
      const text = wording(block, "thinking", study.prose);
      const omitted = block.omitted === true;
      const shown = omitted ? "" : text.slice(0, text.length);
      const signature = typeof block.signature === "string" ? block.signature : sign(study.seed, shown, study.id(""));
      return { type: "thinking", text, signature, ...(omitted ? { omitted } : {}) };
    }
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use": {
      const prefix = block.type === "server_tool_use" ? "srvtoolu_" : "toolu_";
      const json = typeof block.partial_json === "string" ? block.partial_json : JSON.stringify(block.input ?? {});
      const { partial_json: _, ...rest } = block;
      return { type: "tool", block: { id: study.id(prefix), ...rest, input: {} }, json: plainText(json) };
    }
    default:
      return { type: "whole", block };
  }
}

function wording(block: Record<string, unknown>, key: string, prose: Prose): TextSource {
  if (typeof block[key] === "string") return plainText(block[key]);
  if (typeof block.words === "number") return plainText(prose.words(block.words, 0));
  if (typeof block.tokens === "number") return prose.endless(block.tokens * 4, 0);
  if (typeof block.chars === "number") return prose.endless(block.chars, 0);
  return plainText("");
}
