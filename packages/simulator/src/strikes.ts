// Carries a fault's strike out: gives it its means, and keeps the log honest about whether it fired.

import type { Clock, Random } from "@fairlead/runtime";
import type { Exchange } from "./exchange.ts";
import type { Hit } from "./faults/book.ts";
import type { Outcome, Running } from "./faults/kind.ts";
import { envelope, openaiEnvelope, type Problem } from "./problem.ts";

/** Where the strike happens. */
export interface Scene {
  exchange: Exchange;
  streamed: boolean;
  clock: Clock;
  random: Random;
  running?: Running;
}

/** Marks the fault as having shown. */
export function fire(hit: Hit): void {
  hit.done = true;
  hit.mark.fired = true;
}

/** Runs the strike of a hit, if its kind has one. */
export async function strikeAt(hit: Hit, scene: Scene): Promise<Outcome> {
  const { kind, phase } = hit.rule;
  if (kind.strike === undefined) return "go-on";
  return kind.strike(strikeOf(hit, scene, phase));
}

/** Runs what a kind does when only the head of the request was read. */
export async function strikeHead(hit: Hit, scene: Scene): Promise<Outcome> {
  const { kind, phase } = hit.rule;
  if (kind.head === undefined) return "go-on";
  fire(hit);
  return kind.head(strikeOf(hit, scene, phase));
}

function strikeOf(hit: Hit, scene: Scene, phase: Hit["rule"]["phase"]) {
  const { exchange } = scene;
  return {
    ...scene,
    phase,
    params: hit.rule.params,
    refuse: (problem: Problem): Outcome => {
      refuse(exchange, problem);
      exchange.entry.ended = "fault";
      return "ended";
    },
    impersonate: (status: number, headers: Record<string, string>, body: string): Outcome => {
      exchange.reply(status, headers, body);
      exchange.entry.ended = "fault";
      return "ended";
    },
  };
}

/** Answers with a problem in the envelope of the face that was asked. */
export function refuse(exchange: Exchange, problem: Problem, headers: Record<string, string> = {}): void {
  const chat = exchange.path === "/v1/chat/completions";
  const body = chat ? openaiEnvelope(problem) : envelope(problem, exchange.requestId);
  exchange.entry.ended = "refused";
  exchange.reply(
    problem.status,
    {
      "content-type": "application/json",
      "request-id": exchange.requestId,
      ...edgeHeaders(exchange),
      ...headers,
      ...problem.headers,
    },
    body,
  );
}

/** What the edge puts on every answer (protocol.md 3.2). */
export function edgeHeaders(exchange: Exchange): Record<string, string> {
  return {
    server: "cloudflare",
    "cf-ray": `${exchange.requestId.slice(-16).toLowerCase()}-${exchange.region.slice(0, 3).toUpperCase()}`,
    "cf-cache-status": "DYNAMIC",
  };
}
