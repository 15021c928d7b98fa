// Sends one question and follows its answer, to whatever end it comes.

import type { ResilientFetch } from "@fairlead/client";
import { findModel } from "@fairlead/protocol";
import type { Connection } from "../connection.ts";
import { Answer, type AnswerListener, readToldError } from "./answer.ts";
import type { Measured } from "./report.ts";

/** What is asked. */
export interface Question {
  readonly prompt: string;
  readonly model: string;
  readonly maxTokens: number;
  readonly system: string | undefined;
  readonly thinking: boolean;
}

/** How it ended. `failure` says what went wrong and the fix; undefined when the answer is whole. */
export interface Answered {
  readonly answer: Answer;
  readonly measured: Measured;
  readonly failure: string | undefined;
}

/** Asks. Never throws for what the network or the API does; an abort by `signal` ends as a failure. */
export async function ask(
  question: Question,
  connection: Connection,
  fetch: ResilientFetch,
  listener: AnswerListener,
  signal: AbortSignal,
): Promise<Answered> {
  const startedAt = performance.now();
  let firstMs: number | undefined;
  const began = () => {
    firstMs ??= performance.now() - startedAt;
  };
  const answer = new Answer({
    text: (piece) => {
      began();
      listener.text(piece);
    },
    thinking: (piece) => {
      began();
      listener.thinking(piece);
    },
  });
  let headers = new Headers();
  let failure: string | undefined;
  try {
    const response = await fetch(`${connection.url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        ...(connection.auth === "bearer"
          ? { authorization: `Bearer ${connection.key}` }
          : { "x-api-key": connection.key }),
      },
      body: JSON.stringify(bodyOf(question)),
      signal,
    });
    headers = response.headers;
    failure = response.ok ? await follow(response, answer) : await refusal(response, connection);
  } catch (e) {
    failure = unreachable(e, connection, answer);
  }
  const measured: Measured = {
    model: question.model,
    atMs: Date.now(),
    firstMs,
    totalMs: performance.now() - startedAt,
    requestId: headers.get("request-id") ?? headers.get("fairlead-request-id") ?? answer.error?.requestId,
    upstream: headers.get("fairlead-upstream") ?? undefined,
    attempts: headers.get("fairlead-attempts") ?? undefined,
  };
  return { answer, measured, failure };
}

function bodyOf(question: Question): object {
  return {
    model: question.model,
    max_tokens: question.maxTokens,
    ...(question.system === undefined ? {} : { system: question.system }),
    ...(question.thinking ? { thinking: thinkingFor(question) } : {}),
    stream: true,
    messages: [{ role: "user", content: question.prompt }],
  };
}

/** Models up to 4.5 take a budget, later ones decide for themselves. */
function thinkingFor(question: Question): object {
  const facts = findModel(question.model)?.thinking;
  if (facts !== undefined && !facts.adaptive) {
    return { type: "enabled", budget_tokens: Math.max(1_024, Math.floor(question.maxTokens / 2)) };
  }
  return { type: "adaptive", display: "summarized" };
}

async function follow(response: Response, answer: Answer): Promise<string | undefined> {
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
    return `the answer is no stream but ${response.headers.get("content-type") ?? "of no type"}; is this the address of a Claude API? Check --url.`;
  }
  if (response.body !== null) for await (const bytes of response.body) answer.push(bytes);
  answer.end();
  if (answer.error !== undefined) return `the answer broke off: ${answer.error.message} (${answer.error.type})`;
  if (!answer.whole)
    return "the answer broke off: the stream ended before the message did. What came so far is above; ask again.";
  return undefined;
}

async function refusal(response: Response, connection: Connection): Promise<string> {
  const body = await response.text();
  const told = readToldError(parse(body));
  const what = told === undefined ? body.slice(0, 300).trim() || "no explanation" : `${told.message} (${told.type})`;
  const fix: { readonly [status: number]: string } = {
    401: `The key (from ${connection.from}) was not taken by ${connection.url}.`,
    404: "Check --model and --url.",
    429: "Wait a little and ask again.",
    529: "Claude is overloaded; ask again in a little while.",
  };
  return `${response.status}: ${what}${fix[response.status] === undefined ? "" : `\n${fix[response.status]}`}`;
}

function unreachable(e: unknown, connection: Connection, answer: Answer): string {
  const error = e instanceof Error ? e : new Error(String(e));
  if (error.name === "AbortError") return "stopped";
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
  const why = cause?.message ?? error.message;
  if (answer.text !== "") return `the answer broke off: ${why}`;
  if (cause?.code === "ECONNREFUSED") {
    return `nothing listens at ${connection.url}. Start it (fairlead start), or correct the address with --url.`;
  }
  return `no answer from ${connection.url}: ${why}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
