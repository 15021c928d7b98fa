// Checks a Messages body as the API does, in its own words where they are known (protocol.md 1.1, 2.7).

import { findModel, type Model } from "@fairlead/protocol";
import { verify } from "./answers/signature.ts";
import { array, blocksOf, object } from "./answers/turn.ts";
import { invalid, notFound, type Problem } from "./problem.ts";
import { cacheProblem, inputTokensOf } from "./prompt-cache.ts";

type Json = Record<string, unknown>;

/** What the checks depend on besides the body. */
export interface Rules {
  version: string;
  seed: string | number;
  /** Model ids accepted besides those of the table. */
  models: readonly string[];
  strict: boolean;
  /** count_tokens takes no max_tokens. */
  counting: boolean;
}

const SAMPLING = ["temperature", "top_p", "top_k"];
/** Top-level fields of protocol.md 1.1 and 1.2; anything else is refused in strict mode. */
const FIELDS = (
  "model max_tokens messages system stream stop_sequences thinking output_config tools tool_choice cache_control metadata " +
  "service_tier speed inference_geo container diagnostics temperature top_p top_k mcp_servers context_management compaction " +
  "fallbacks fallback_credit_token thread billing_policy output_format"
).split(" ");

/** The model behind an id of the first-party API, or undefined. */
export function knownModel(id: string): Model | undefined {
  return /^claude-[a-z0-9-]+$/.test(id) ? findModel(id) : undefined;
}

/** The first thing wrong with a body, or undefined. */
export function messagesProblem(body: Json, rules: Rules): Problem | undefined {
  return shapeProblem(body, rules) ?? modelProblem(body, rules) ?? messageProblem(body, rules) ?? cacheProblem(body);
}

function shapeProblem(body: Json, rules: Rules): Problem | undefined {
  const { model, max_tokens: max, messages, stream } = body;
  if (model === undefined) return invalid("model: Field required");
  if (typeof model !== "string") return invalid("model: Input should be a valid string");
  if (!rules.counting) {
    if (max === undefined) return invalid("max_tokens: Field required");
    if (typeof max !== "number" || !Number.isInteger(max))
      return invalid("max_tokens: Input should be a valid integer");
    if (max < 0) return invalid("max_tokens: Input should be greater than or equal to 0");
  }
  if (messages === undefined) return invalid("messages: Field required");
  if (!Array.isArray(messages)) return invalid("messages: Input should be a valid list");
  if (messages.length === 0) return invalid("messages: at least one message is required");
  if (messages.length > 100_000) return invalid("messages: List should have at most 100000 items after validation");
  if (stream !== undefined && stream !== null && typeof stream !== "boolean") {
    return invalid("stream: Input should be a valid boolean");
  }
  if (rules.version === "2026-10-21") {
    const gone = SAMPLING.find((field) => body[field] !== undefined);
    if (gone !== undefined) return invalid(`${gone}: Extra inputs are not permitted`);
  }
  const temperature = body.temperature;
  if (typeof temperature === "number" && !(temperature >= 0 && temperature <= 1)) {
    return invalid(`temperature: range: 0..1`);
  }
  if (rules.strict) {
    const extra = Object.keys(body).find((field) => !FIELDS.includes(field));
    if (extra !== undefined) return invalid(`${extra}: Extra inputs are not permitted`);
  }
  return toolProblem(body);
}

function toolProblem(body: Json): Problem | undefined {
  const tools = array(body.tools).map(object);
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    const client = tool.type === undefined || tool.type === "custom";
    if (client && typeof tool.name !== "string") return invalid(`tools.${index}.custom.name: Field required`);
    if (client && typeof tool.input_schema !== "object")
      return invalid(`tools.${index}.custom.input_schema: Field required`);
    if (names.has(String(tool.name))) return invalid("tools: Tool names must be unique.", "tool_name_conflict");
    if (typeof tool.name === "string") names.add(tool.name);
  }
  const choice = object(body.tool_choice);
  if (choice.type === "tool" && !names.has(String(choice.name))) {
    return invalid(`tool_choice.tool: Tool '${String(choice.name)}' not found in provided tools`);
  }
  if ((choice.type === "any" || choice.type === "tool") && tools.length === 0) {
    return invalid("tool_choice may only be specified while providing tools.");
  }
  return undefined;
}

function modelProblem(body: Json, rules: Rules): Problem | undefined {
  const id = String(body.model);
  const model = knownModel(id);
  if (model === undefined) return rules.models.includes(id) ? undefined : notFound(`model: ${id}`);
  const max = Number(body.max_tokens ?? 0);
  if (max > model.maxOutput) {
    return invalid(
      `max_tokens: ${max} > ${model.maxOutput}, which is the maximum allowed number of output tokens for ${id}`,
    );
  }
  const problem = thinkingProblem(object(body.thinking), model, max, rules.counting);
  if (problem !== undefined) return problem;
  const choice = object(body.tool_choice).type;
  if (model.thinking.alwaysOn && (choice === "any" || choice === "tool")) {
    return invalid(`tool_choice: "${choice}" is not supported for this model: thinking is always on. Use "auto".`);
  }
  const last = object(array(body.messages).at(-1));
  if (model.rejectsPrefill && last.role === "assistant" && !isPaused(last)) {
    return invalid(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  const tokens = inputTokensOf(body);
  if (tokens > model.contextWindow) {
    return invalid(`prompt is too long: ${tokens} tokens > ${model.contextWindow} maximum`);
  }
  return undefined;
}

function thinkingProblem(thinking: Json, model: Model, max: number, counting: boolean): Problem | undefined {
  const kind = thinking.type;
  if (kind === undefined) return undefined;
  if (kind === "enabled") {
    if (!model.thinking.enabled) {
      return invalid(
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and ' +
          '"output_config.effort" to control thinking behavior.',
      );
    }
    const budget = thinking.budget_tokens;
    if (typeof budget !== "number") return invalid("thinking.enabled.budget_tokens: Field required");
    if (budget < 1024) {
      return invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
    }
    if (!counting && max <= budget) return invalid("`max_tokens` must be greater than `thinking.budget_tokens`.");
    return undefined;
  }
  if (kind === "adaptive") {
    return model.thinking.adaptive ? undefined : invalid("adaptive thinking is not supported on this model");
  }
  if (kind === "disabled") {
    if (model.thinking.disabled) return undefined;
    return invalid(
      '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive" and ' +
        '"output_config.effort" to control thinking behavior.',
    );
  }
  if (kind === "between_tools") return undefined;
  return invalid(
    `thinking: Input tag '${String(kind)}' found using 'type' does not match any of the expected tags: ` +
      "'adaptive', 'between_tools', 'disabled', 'enabled'",
  );
}

function messageProblem(body: Json, rules: Rules): Problem | undefined {
  const messages = array(body.messages).map(object);
  for (const [index, message] of messages.entries()) {
    const at = `messages.${index}`;
    if (message.role === undefined) return invalid(`${at}.role: Field required`);
    if (message.role !== "user" && message.role !== "assistant" && message.role !== "system") {
      return invalid(`${at}.role: Input should be 'user', 'assistant' or 'system'`);
    }
    const { content } = message;
    if (content === undefined) return invalid(`${at}.content: Field required`);
    if (typeof content !== "string" && !Array.isArray(content)) {
      return invalid(`${at}.content: Input should be a valid list`);
    }
    if (content.length === 0 && message.role === "user")
      return invalid(`${at}: user messages must have non-empty content`);
    const problem = contentProblem(message.role, content, at, rules);
    if (problem !== undefined) return problem;
  }
  return pairingProblem(messages);
}

function contentProblem(role: string, content: unknown, at: string, rules: Rules): Problem | undefined {
  const later = rules.version === "2026-10-21";
  for (const [index, block] of blocksOf(content).entries()) {
    const place = `${at}.content.${index}`;
    if (typeof block.type !== "string") return invalid(`${place}.type: Field required`);
    if (block.type === "text" && typeof block.text !== "string") return invalid(`${place}.text.text: Field required`);
    if (later && role === "assistant" && block.type === "document") {
      return invalid(`${place}: \`document\` blocks are not permitted in assistant messages`);
    }
    if (later && role === "user" && block.type === "text" && array(block.citations).length > 0) {
      return invalid(`${place}.text.citations: Extra inputs are not permitted`);
    }
    if (block.type === "thinking" && !verify(rules.seed, String(block.thinking ?? ""), String(block.signature ?? ""))) {
      return invalid(`${place}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
  return undefined;
}

/** Every tool_use is answered by the user turn that follows; user messages in a row are one turn (protocol.md 1.1). */
function pairingProblem(messages: Json[]): Problem | undefined {
  let asked = new Set<string>();
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message.content);
    const ids = blocks.filter((block) => block.type === "tool_use").map((block) => String(block.id));
    if (message.role === "assistant") {
      if (open.size > 0 && messages[index - 1]?.role !== "assistant") return unanswered(index - 1, open);
      asked = messages[index - 1]?.role === "assistant" ? new Set([...asked, ...ids]) : new Set(ids);
      open = new Set(asked);
    }
    if (message.role !== "user") continue;
    for (const [place, block] of blocks.entries()) {
      if (block.type !== "tool_result") continue;
      const id = String(block.tool_use_id);
      open.delete(id);
      if (asked.has(id)) continue;
      return invalid(
        `messages.${index}.content.${place}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each ` +
          "`tool_result` block must have a corresponding `tool_use` block in the previous message.",
      );
    }
  }
  return open.size > 0 && messages.at(-1)?.role !== "assistant" ? unanswered(messages.length - 1, open) : undefined;
}

function unanswered(index: number, ids: Set<string>): Problem {
  return invalid(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ` +
      `${[...ids].join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

/** An assistant turn that a server tool loop paused is sent back unchanged (protocol.md 1.6). */
function isPaused(message: Json): boolean {
  return blocksOf(message.content).at(-1)?.type === "server_tool_use";
}
