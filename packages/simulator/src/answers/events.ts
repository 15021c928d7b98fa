// From a plan to its events, one after the other, made only when asked for.

import { pick, type Random } from "@fairlead/runtime";
import type { Plan, PlannedBlock } from "./plan.ts";
import type { TextSource } from "./prose.ts";
import { CHARS_PER_TOKEN } from "./tokens.ts";
import type { UsageMeter } from "./usage-meter.ts";

/** Places inside an answer at which a fault may strike, named as in the fault grid. */
export type MidPhase = "mid-text" | "mid-thinking" | "mid-tool";

/** What a printer turns into bytes. `chars`: output characters that this event adds. `mid`: half of the first such block is out. */
export type AnswerEvent =
  | { kind: "message_start"; usage: Record<string, unknown> }
  | { kind: "content_block_start"; index: number; block: Record<string, unknown>; chars: number }
  | { kind: "content_block_delta"; index: number; delta: Delta; chars: number; mid?: MidPhase }
  | { kind: "content_block_stop"; index: number }
  | { kind: "message_delta"; result: Result; usage: Record<string, unknown> }
  | { kind: "message_stop" }
  | { kind: "ping" };

/** The deltas of protocol.md 1.8. */
export type Delta =
  | { type: "text_delta"; text: string }
  | { type: "thinking_delta"; thinking: string }
  | { type: "signature_delta"; signature: string }
  | { type: "citations_delta"; citation: unknown }
  | { type: "input_json_delta"; partial_json: string };

/** How the message ended: the `delta` of message_delta. */
export interface Result {
  stop_reason: string;
  stop_sequence: string | null;
  stop_details?: Record<string, unknown> | null;
  container?: Record<string, unknown> | null;
}

/** Every event of a message, pings left out: those depend on time. */
export function* events(plan: Plan, meter: UsageMeter, random: Random): Generator<AnswerEvent> {
  yield { kind: "message_start", usage: meter.atStart() };
  const passed = new Set<MidPhase>();
  for (const [index, block] of plan.blocks.entries()) {
    yield {
      kind: "content_block_start",
      index,
      block: opening(block),
      chars: block.type === "whole" ? wholeChars(block.block) : 0,
    };
    if (block.type === "text") {
      yield* pieces(index, block.text, "mid-text", passed, plan, random, (text) => ({ type: "text_delta", text }));
      for (const citation of block.citations ?? []) {
        yield { kind: "content_block_delta", index, delta: { type: "citations_delta", citation }, chars: 0 };
      }
    } else if (block.type === "thinking") {
      if (block.omitted !== true) {
        yield* pieces(index, block.text, "mid-thinking", passed, plan, random, (thinking) => ({
          type: "thinking_delta",
          thinking,
        }));
      }
      const delta = { type: "signature_delta" as const, signature: block.signature };
      const hidden = block.omitted === true;
      const event = { kind: "content_block_delta" as const, index, delta, chars: hidden ? block.text.length : 0 };
      if (!hidden || passed.has("mid-thinking")) yield event;
      else {
        passed.add("mid-thinking");
        yield { ...event, mid: "mid-thinking" };
      }
    } else if (block.type === "tool") {
      yield { kind: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: "" }, chars: 0 };
      yield* pieces(index, block.json, "mid-tool", passed, plan, random, (partial_json) => ({
        type: "input_json_delta",
        partial_json,
      }));
    }
    yield { kind: "content_block_stop", index };
  }
  yield { kind: "message_delta", result: resultOf(plan), usage: meter.atEnd() };
  yield { kind: "message_stop" };
}

/** The `delta` of the last message_delta. */
export function resultOf(plan: Plan): Result {
  return {
    stop_reason: plan.stopReason,
    stop_sequence: plan.stopSequence,
    ...(plan.stopDetails === undefined ? {} : { stop_details: plan.stopDetails }),
    ...(plan.container === undefined ? {} : { container: plan.container }),
  };
}

/** True when the plan has a block in whose middle a fault of this phase can strike. */
export function reaches(plan: Plan, phase: string): boolean {
  const type = { "mid-text": "text", "mid-thinking": "thinking", "mid-tool": "tool" }[phase];
  if (type === undefined) return true;
  return plan.blocks.some(
    (block) =>
      block.type === type &&
      (block.type === "tool" ? block.json.length > 0 : block.type === "whole" || block.text.length > 0),
  );
}

/** Output tokens that the plan will have produced when it has run to its end. */
export function plannedTokens(plan: Plan): number {
  let chars = 0;
  for (const block of plan.blocks) {
    if (block.type === "whole") chars += wholeChars(block.block);
    else chars += block.type === "tool" ? block.json.length : block.text.length;
  }
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

function opening(block: PlannedBlock): Record<string, unknown> {
  switch (block.type) {
    case "text":
      return block.citations === undefined ? { type: "text", text: "" } : { citations: [], type: "text", text: "" };
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    default:
      return block.block;
  }
}

function wholeChars(block: Record<string, unknown>): number {
  return block.type === "redacted_thinking" ? String(block.data ?? "").length : 0;
}

function* pieces(
  index: number,
  text: TextSource,
  phase: MidPhase,
  passed: Set<MidPhase>,
  plan: Plan,
  random: Random,
  delta: (piece: string) => Delta,
): Generator<AnswerEvent> {
  const { length } = text;
  for (let from = 0; from < length; ) {
    const size = plan.deltaChars ?? 8 + pick(random, 33);
    // Until its middle is passed, a piece leaves something of the block, so that the middle is inside it.
    const most = passed.has(phase) ? length : Math.max(1, (length - from) >> 1);
    let to = Math.min(length, from + Math.min(size, most));
    let piece = text.slice(from, to);
    const last = piece.charCodeAt(piece.length - 1);
    if (last >= 0xd800 && last < 0xdc00 && to < length) {
      to += 1;
      piece = text.slice(from, to);
    }
    const middle = to * 2 >= length && !passed.has(phase);
    if (middle) passed.add(phase);
    const event = { kind: "content_block_delta" as const, index, delta: delta(piece), chars: to - from };
    yield middle ? { ...event, mid: phase } : event;
    from = to;
  }
}
