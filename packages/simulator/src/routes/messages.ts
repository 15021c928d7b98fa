// POST /v1/messages and POST /v1/messages/count_tokens.

import { turnOf } from "../answers/turn.ts";
import type { Caller } from "../credentials.ts";
import { messagesJson } from "../dialects/messages-json.ts";
import { messagesSse } from "../dialects/messages-sse.ts";
import { generate } from "../generation.ts";
import { invalid, notFound, type Problem } from "../problem.ts";
import { inputTokensOf } from "../prompt-cache.ts";
import type { State } from "../state.ts";
import { refuse } from "../strikes.ts";
import { knownModel, messagesProblem } from "../validation.ts";
import { BETAS } from "./betas.ts";
import type { Visit } from "./visit.ts";

/** Answers a Messages request. */
export async function messages(state: State, visit: Visit): Promise<void> {
  const { exchange, region, caller, body, hits } = visit;
  const problem = requestProblem(state, caller, body, false) ?? threadProblem(body);
  if (problem !== undefined) return refuse(exchange, problem, { "anthropic-organization-id": state.organization });
  const turn = turnOf(body);
  const scope = `${caller.key}\n${turn.model}`;
  const least = knownModel(turn.model)?.minCachePrefix ?? 1024;
  const look = state.cache.account(body, scope, least, false);
  const estimate = look.input + look.cacheWrite5m + look.cacheWrite1h;
  const printer = turn.stream ? messagesSse : messagesJson;
  return generate(state, {
    exchange,
    region,
    key: caller.key,
    turn,
    estimate,
    hits,
    printer,
    input: () => state.cache.account(body, scope, least),
    idPrefix: "msg_",
    headers: {},
  });
}

/** Answers a token count. */
export async function countTokens(state: State, visit: Visit): Promise<void> {
  const { exchange, caller, body } = visit;
  const problem = requestProblem(state, caller, body, true);
  const headers = { "anthropic-organization-id": state.organization };
  if (problem !== undefined) return refuse(exchange, problem, headers);
  visit.json(200, { input_tokens: inputTokensOf(body) });
}

/** What is wrong with a Messages body under these headers, or undefined. */
export function requestProblem(
  state: State,
  caller: Caller,
  body: Record<string, unknown>,
  counting: boolean,
): Problem | undefined {
  const strict = state.options.strict === true;
  const unknown = strict ? caller.betas.filter((beta) => !BETAS.has(beta)) : [];
  if (unknown.length > 0) {
    const list = unknown.map((beta) => `\`${beta}\``).join(", ");
    return invalid(
      `Unexpected value(s) ${list} for the \`anthropic-beta\` header. Please consult our documentation at docs.claude.com or try again without the header.`,
    );
  }
  const { version } = caller;
  return messagesProblem(body, { version, seed: state.seed, models: state.options.models ?? [], strict, counting });
}

/** Threads are not kept here; a continuation is refused as the API refuses it when it cannot (protocol.md 9.4). */
function threadProblem(body: Record<string, unknown>): Problem | undefined {
  const thread = body.thread as { type?: unknown } | undefined;
  if (thread?.type !== "continue") return undefined;
  return { ...notFound("The thread was not found or has expired."), details: { error_code: "thread_not_found" } };
}
