// The author: decides from the prompt, and from nothing but the prompt and the seed, what is answered.

import { cutAt, type Plan, type PlannedBlock, planOf, stopAt } from "./plan.ts";
import { hashOf, type Prose, plainText } from "./prose.ts";
import { sampleOf } from "./schema-sample.ts";
import { sign } from "./signature.ts";
import { CHARS_PER_TOKEN } from "./tokens.ts";
import type { OfferedTool, Turn } from "./turn.ts";

/** Longest text asked for in words that is still made whole, words. */
const MOST_WORDS = 2_000_000;

/** How much of each end of a long prompt is read for directions, characters. */
const END_CHARS = 4_096;

/** What the author needs besides the request. */
export interface Study {
  seed: string | number;
  prose: Prose;
  /** A new id with this prefix. */
  id(prefix: string): string;
}

/**
 * The answer to a turn. Words of the prompt that matter: `say N words`, `write about N tokens`, `say: text`,
 * `think N words`, `run: command` (the Bash tool), `use tool NAME {json}`, `stop: REASON` (a stop reason, or
 * `refusal-before` for a refusal before any output).
 */
export function answer(asked: Turn, study: Study): Plan {
  const turn = { ...asked, prompt: ends(asked.prompt) };
  const at = hashOf(`${study.seed}\n${turn.model}\n${turn.prompt}`);
  const wanted = /\bstop:\s*([a-z_-]+)/i.exec(turn.prompt)?.[1]?.toLowerCase();
  if (wanted === "refusal-before") return refused(planOf([]), true);
  const blocks: PlannedBlock[] = [];
  if (turn.thinking !== "off") blocks.push(thought(turn, study, at));
  const calls = toolCalls(turn, study);
  const text = calls.length > 0 && turn.toolChoice.kind !== "auto" ? [] : texts(turn, study, at, calls.length > 0);
  let plan = planOf([...blocks, ...text, ...calls], calls.length > 0 ? "tool_use" : "end_turn");
  if (wanted === "refusal") plan = refused(plan, false);
  else if (wanted === "pause_turn") plan = paused(plan, study);
  else if (wanted === "model_context_window_exceeded") plan = { ...plan, stopReason: wanted };
  if (turn.stopSequences.length > 0) plan = stopAt(plan, turn.stopSequences);
  return cutAt(plan, turn.maxTokens * CHARS_PER_TOKEN, "max_tokens");
}

/** Beginning and end of a long prompt: nobody gives directions in the middle, and searching 100 KB costs more than the answer. */
function ends(prompt: string): string {
  return prompt.length <= 2 * END_CHARS ? prompt : `${prompt.slice(0, END_CHARS)}\n${prompt.slice(-END_CHARS)}`;
}

/** The same plan as a refusal; `before` any output it has no content and is not billed (protocol.md 1.6). */
export function refused(plan: Plan, before: boolean): Plan {
  return {
    ...plan,
    blocks: before ? [] : plan.blocks,
    stopReason: "refusal",
    stopSequence: null,
    stopDetails: {
      type: "refusal",
      category: "general_harms",
      explanation: "This request was refused by the simulator.",
    },
    billed: !before,
  };
}

/** The same plan paused in a server tool loop: a server tool was called and its result is still to come. */
export function paused(plan: Plan, study: Study): Plan {
  const input = plainText(JSON.stringify({ query: "what the simulator waits for" }));
  const block = { type: "server_tool_use", id: study.id("srvtoolu_"), name: "web_search", input: {} };
  const kept = plan.blocks.filter((each) => each.type !== "tool");
  return {
    ...plan,
    blocks: [...kept, { type: "tool", block, json: input }],
    stopReason: "pause_turn",
    stopSequence: null,
  };
}

function thought(turn: Turn, study: Study, at: number): PlannedBlock {
  const count = Number(/\bthink\s+(?:for\s+)?(\d+)\s+words?\b/i.exec(turn.prompt)?.[1] ?? 30);
  const text = study.prose.words(Math.min(count, MOST_WORDS), at + 7_919);
  const omitted = turn.thinking === "omitted";
  const signature = sign(study.seed, omitted ? "" : text, study.id(""));
  return { type: "thinking", text: plainText(text), signature, ...(omitted ? { omitted } : {}) };
}

function texts(turn: Turn, study: Study, at: number, calls: boolean): PlannedBlock[] {
  const whole = (text: string): PlannedBlock[] => [{ type: "text", text: plainText(text) }];
  const { prompt } = turn;
  const said = /^\s*say:\s*([\s\S]+)$/im.exec(prompt)?.[1];
  if (said !== undefined) return whole(said.trim());
  if (calls) return whole("I will use a tool for that.");
  if (turn.toolResults.length > 0) return whole(`The tool answered: ${turn.toolResults.join("\n").slice(0, 4_000)}`);
  if (turn.format !== undefined) return whole(JSON.stringify(sampleOf(turn.format, prompt.slice(0, 80) || "text")));
  if (turn.citable.length > 0) return cited(turn);
  const words = /\b(?:say|write|give|in)\s+(?:me\s+|about\s+|exactly\s+|roughly\s+)*(\d+)\s+words?\b/i.exec(
    prompt,
  )?.[1];
  if (words !== undefined) return whole(study.prose.words(Math.min(Number(words), MOST_WORDS), at));
  const tokens = /\b(?:say|write|give|about)\s+(?:me\s+|about\s+|exactly\s+|roughly\s+)*(\d+)\s+tokens?\b/i.exec(
    prompt,
  )?.[1];
  if (tokens !== undefined) return [{ type: "text", text: study.prose.endless(Number(tokens) * CHARS_PER_TOKEN, at) }];
  const quoted = prompt.length > 160 ? `${prompt.slice(0, 160)}...` : prompt;
  return whole(`Simulated answer to "${quoted}": ${study.prose.words(24, at)}`);
}

function cited(turn: Turn): PlannedBlock[] {
  const blocks: PlannedBlock[] = [{ type: "text", text: plainText("The documents say: ") }];
  for (const document of turn.citable) {
    const end = Math.min(document.text.length, 120);
    const quote = document.text.slice(0, end);
    const citation = {
      type: "char_location",
      cited_text: quote,
      document_index: document.index,
      document_title: document.title,
      start_char_index: 0,
      end_char_index: end,
    };
    blocks.push({ type: "text", text: plainText(quote), citations: [citation] });
  }
  blocks.push({ type: "text", text: plainText(" That is all they say.") });
  return blocks;
}

function toolCalls(turn: Turn, study: Study): PlannedBlock[] {
  if (turn.tools.length === 0 || turn.toolChoice.kind === "none" || turn.toolResults.length > 0) return [];
  let calls = askedCalls(turn);
  if (calls.length === 0 && turn.toolChoice.kind !== "auto") {
    const name = turn.toolChoice.kind === "tool" ? turn.toolChoice.name : turn.tools[0]?.name;
    const tool = turn.tools.find((each) => each.name === name);
    if (tool !== undefined) calls = [{ tool, input: sampleOf(tool.schema, turn.prompt.slice(0, 80)) }];
  }
  if (!turn.parallelTools) calls = calls.slice(0, 1);
  return calls.map(({ tool, input }) => ({
    type: "tool" as const,
    block: { type: "tool_use", id: study.id("toolu_"), name: tool.name, input: {} },
    json: plainText(JSON.stringify(input ?? {})),
  }));
}

function askedCalls(turn: Turn): Array<{ tool: OfferedTool; input: unknown }> {
  const calls: Array<{ tool: OfferedTool; input: unknown }> = [];
  const bash = turn.tools.find((tool) => tool.name.toLowerCase() === "bash");
  if (bash !== undefined) {
    for (const match of turn.prompt.matchAll(/^\s*run:\s*(.+)$/gim)) {
      calls.push({ tool: bash, input: { command: (match[1] as string).trim() } });
    }
  }
  for (const match of turn.prompt.matchAll(/\b(?:use|call)(?:\s+the)?\s+tool\s+([\w-]+)\s*(\{.*\})?/gi)) {
    const tool = turn.tools.find((each) => each.name === match[1]);
    if (tool !== undefined) calls.push({ tool, input: inputOf(match[2], tool, turn.prompt) });
  }
  return calls;
}

function inputOf(json: string | undefined, tool: OfferedTool, prompt: string): unknown {
  if (json !== undefined) {
    try {
      return JSON.parse(json);
    } catch {
      // What follows the name is prose, not arguments.
    }
  }
  return sampleOf(tool.schema, prompt.slice(0, 80));
}
