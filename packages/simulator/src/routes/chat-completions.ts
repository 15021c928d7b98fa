// POST /v1/chat/completions: the OpenAI compatibility layer.

import { tokensOfValue } from "../answers/tokens.ts";
import { array, object, type Turn, textOf } from "../answers/turn.ts";
import { chatJson, chatStream } from "../dialects/chat-completions.ts";
import { generate } from "../generation.ts";
import { invalid, notFound, type Problem } from "../problem.ts";
import type { State } from "../state.ts";
import { refuse } from "../strikes.ts";
import { knownModel } from "../validation.ts";
import type { Visit } from "./visit.ts";

/** Output limit when the request names none, tokens. */
const DEFAULT_MAX = 4_096;

/** Answers a chat completion. */
export async function chatCompletions(state: State, visit: Visit): Promise<void> {
  const { exchange, region, caller, body, hits } = visit;
  const problem = chatProblem(state, body);
  if (problem !== undefined) return refuse(exchange, problem);
  const turn = chatTurn(body);
  const input = tokensOfValue(body.messages) + tokensOfValue(body.tools);
  const withUsage = object(body.stream_options).include_usage === true;
  return generate(state, {
    exchange,
    region,
    key: caller.key,
    turn,
    estimate: input,
    hits,
    input: () => ({ input, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 }),
    idPrefix: "msg_",
    printer: turn.stream ? chatStream(withUsage) : chatJson,
    headers: { "openai-version": "2020-10-01", "x-request-id": exchange.requestId },
  });
}

function chatTurn(body: Record<string, unknown>): Turn {
  const messages = array(body.messages).map(object);
  const last = messages.at(-1) ?? {};
  const results = last.role === "tool" ? messages.slice(messages.findLastIndex(({ role }) => role !== "tool") + 1) : [];
  const user = messages.filter(({ role }) => role === "user").at(-1);
  const choice = body.tool_choice;
  const named = object(object(choice).function).name;
  const stop = body.stop;
  return {
    model: String(body.model),
    maxTokens: Number(body.max_completion_tokens ?? body.max_tokens ?? DEFAULT_MAX),
    prompt: textOf(user?.content),
    toolResults: results.map(({ content }) => textOf(content)),
    citable: [],
    tools: array(body.tools)
      .map((tool) => object(object(tool).function))
      .filter(({ name }) => typeof name === "string")
      .map((tool) => ({ name: String(tool.name), schema: tool.parameters ?? { type: "object" } })),
    toolChoice:
      typeof named === "string"
        ? { kind: "tool", name: named }
        : { kind: choice === "required" ? "any" : choice === "none" ? "none" : "auto" },
    parallelTools: body.parallel_tool_calls !== false,
    thinking: "off",
    stopSequences: (Array.isArray(stop) ? stop : stop === undefined || stop === null ? [] : [stop]).map(String),
    stream: body.stream === true,
  };
}

function chatProblem(state: State, body: Record<string, unknown>): Problem | undefined {
  if (typeof body.model !== "string") return invalid("model: Field required");
  if (!Array.isArray(body.messages) || body.messages.length === 0)
    return invalid("messages: at least one message is required");
  const known = knownModel(body.model) !== undefined || state.options.models?.includes(body.model) === true;
  return known ? undefined : notFound(`model: ${body.model}`);
}
