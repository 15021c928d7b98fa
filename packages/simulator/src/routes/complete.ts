// POST /v1/complete: the legacy text completions.

import { tokensOf } from "../answers/tokens.ts";
import type { Turn } from "../answers/turn.ts";
import { completePrinter } from "../dialects/complete.ts";
import { generate } from "../generation.ts";
import { invalid, notFound, type Problem } from "../problem.ts";
import type { State } from "../state.ts";
import { refuse } from "../strikes.ts";
import { knownModel } from "../validation.ts";
import type { Visit } from "./visit.ts";

/** Answers a text completion. */
export async function complete(state: State, visit: Visit): Promise<void> {
  const { exchange, region, caller, body, hits } = visit;
  const problem = completeProblem(state, body);
  if (problem !== undefined) return refuse(exchange, problem);
  const whole = String(body.prompt);
  const asked = whole.split(/\n\nHuman:/).at(-1) ?? whole;
  const turn: Turn = {
    model: String(body.model),
    maxTokens: Number(body.max_tokens_to_sample),
    prompt: (asked.split(/\n\nAssistant:/)[0] ?? asked).trim(),
    toolResults: [],
    citable: [],
    tools: [],
    toolChoice: { kind: "none" },
    parallelTools: false,
    thinking: "off",
    stopSequences: Array.isArray(body.stop_sequences) ? body.stop_sequences.map(String) : [],
    stream: body.stream === true,
  };
  const input = tokensOf(whole.length);
  return generate(state, {
    exchange,
    region,
    key: caller.key,
    turn,
    estimate: input,
    hits,
    input: () => ({ input, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 }),
    idPrefix: "compl_",
    printer: completePrinter(turn.stream),
    headers: {},
  });
}

function completeProblem(state: State, body: Record<string, unknown>): Problem | undefined {
  if (typeof body.model !== "string") return invalid("model: Field required");
  if (typeof body.prompt !== "string" || body.prompt === "") return invalid("prompt: Field required");
  if (typeof body.max_tokens_to_sample !== "number" || body.max_tokens_to_sample < 1) {
    return invalid("max_tokens_to_sample: Field required");
  }
  const known = knownModel(body.model) !== undefined || state.options.models?.includes(body.model) === true;
  return known ? undefined : notFound(`model: ${body.model}`);
}
