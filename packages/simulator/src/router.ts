// The road of a request: log, faults that need no answer, body, credentials, route.

import { adminOf, callerOf, isCaller } from "./credentials.ts";
import type { Exchange } from "./exchange.ts";
import { type Hit, headerHits, isFor, momentOf } from "./faults/book.ts";
import { type FaultRule, readFaultHeader } from "./faults/rule.ts";
import { MAX_BODY_BYTES } from "./options.ts";
import { invalid, notFound } from "./problem.ts";
import { isProblem, parseJson, readBody } from "./request-body.ts";
import { control } from "./routes/control.ts";
import { findRoute, type Route } from "./routes/table.ts";
import type { Visit } from "./routes/visit.ts";
import type { RegionState, State } from "./state.ts";
import { edgeHeaders, fire, refuse, type Scene, strikeAt, strikeHead } from "./strikes.ts";

/** Serves one request. Resolves when its answer is on its way; never rejects for what a client can send. */
export async function serve(state: State, region: RegionState, exchange: Exchange): Promise<void> {
  if (exchange.path.startsWith("/_simulator/")) return control(state, exchange);
  if (state.regions.get(region.name) !== region) return refuse(exchange, notFound("Only /_simulator/ is served here"));
  const rules = readFaultHeader(exchange.req.headersDistinct["x-simulator-fault"] ?? []);
  if (typeof rules === "string") return refuse(exchange, invalid(rules));
  const random = state.nextRandom();
  const own = headerHits(rules, random);
  for (const hit of own) exchange.entry.faults.push(hit.mark);
  const scene: Scene = { exchange, streamed: false, clock: state.runtime.clock, random };
  const path = { region: region.name, path: exchange.path };
  if (await struckAtHead(state, scene, own, path)) return;

  const route = findRoute(exchange.method, exchange.path);
  const most = route?.mostBytes ?? MAX_BODY_BYTES;
  const read = await readBody(exchange, most, (body, complete) =>
    state.log.setBody(exchange.entry, body, complete, exchange.now()),
  );
  if (read === "gone") return;
  if ("problem" in read) return refuse(exchange, read.problem);
  const parsed = route?.json === true ? await parseJson(exchange, read.body, most) : {};
  const body = isProblem(parsed) ? {} : parsed;
  if (await struckAtRequest(state, { ...scene, streamed: body.stream === true }, own, { ...path, ...askedOf(body) }))
    return;
  if (isProblem(parsed)) return refuse(exchange, parsed);
  await answerRoute(state, region, exchange, route, body, read.body, own);
}

async function answerRoute(
  state: State,
  region: RegionState,
  exchange: Exchange,
  route: Route | undefined,
  body: Record<string, unknown>,
  raw: Buffer,
  hits: Hit[],
): Promise<void> {
  if (route === undefined) return refuse(exchange, notFound("Not found"));
  if (route.open === true)
    return exchange.reply(200, { "request-id": exchange.requestId, ...edgeHeaders(exchange) }, "");
  const caller =
    route.admin === true ? adminOf(exchange) : callerOf(exchange, state.options.apiKeys, route.version !== false);
  if (!isCaller(caller)) return refuse(exchange, caller);
  const headers = {
    "content-type": "application/json",
    "request-id": exchange.requestId,
    "anthropic-organization-id": state.organization,
    ...edgeHeaders(exchange),
  };
  const json = (status: number, value: unknown) => exchange.reply(status, headers, JSON.stringify(value));
  const visit: Visit = { exchange, region, caller, body, raw, hits, json };
  await route.answer(state, visit);
}

async function struckAtHead(
  state: State,
  scene: Scene,
  own: Hit[],
  path: { region: string; path: string },
): Promise<boolean> {
  const fromBook = state.faults.hits("head", path, undefined, (rule) => applies(rule, scene.exchange));
  for (const hit of fromBook) scene.exchange.entry.faults.push(hit.mark);
  for (const hit of [
    ...own.filter(({ rule }) => momentOf(rule, true) === "head" && applies(rule, scene.exchange)),
    ...fromBook,
  ]) {
    if ((await strikeHead(hit, scene)) === "ended" || scene.exchange.over) return true;
  }
  return false;
}

async function struckAtRequest(
  state: State,
  scene: Scene,
  own: Hit[],
  candidate: { region: string; path: string; model: string; stream: boolean },
): Promise<boolean> {
  const reachable = (rule: FaultRule) => isFor(rule, scene.streamed);
  const fromBook = state.faults.hits("request", candidate, scene.streamed, reachable);
  for (const hit of fromBook) scene.exchange.entry.faults.push(hit.mark);
  const hits = own.filter(({ rule }) => momentOf(rule, true) === "request" && isFor(rule, scene.streamed));
  for (const hit of [...hits, ...fromBook]) {
    fire(hit);
    if ((await strikeAt(hit, scene)) === "ended" || scene.exchange.over) return true;
  }
  return false;
}

function askedOf(body: Record<string, unknown>): { model: string; stream: boolean } {
  return { model: typeof body.model === "string" ? body.model : "", stream: body.stream === true };
}

function applies({ kind, params }: FaultRule, exchange: Exchange): boolean {
  return kind.applies?.(exchange, params) ?? true;
}
