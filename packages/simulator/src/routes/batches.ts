// /v1/messages/batches: create, list, get, cancel, delete, results. A batch ends by itself.

import { formatRfc3339 } from "@fairlead/protocol";
import { events } from "../answers/events.ts";
import { array, object, turnOf } from "../answers/turn.ts";
import { UsageMeter } from "../answers/usage-meter.ts";
import type { Batch, BatchRequest } from "../batch-shelf.ts";
import type { Caller } from "../credentials.ts";
import { messagesJson } from "../dialects/messages-json.ts";
import { planFor } from "../generation.ts";
import { invalid, notFound, type Problem } from "../problem.ts";
import type { State } from "../state.ts";
import { edgeHeaders, refuse } from "../strikes.ts";
import { knownModel } from "../validation.ts";
import { requestProblem } from "./messages.ts";
import { page } from "./page.ts";
import type { Visit } from "./visit.ts";

const DAY_MS = 86_400_000;
/** Milliseconds until a batch ends, unless the options say otherwise. */
const BATCH_MS = 300;

/** Creates a batch, which will end by itself. */
export async function createBatch(state: State, visit: Visit): Promise<void> {
  const requests = array(visit.body.requests).map(object);
  const problem = batchProblem(requests);
  if (problem !== undefined) return refuse(visit.exchange, problem);
  const batch: Batch = {
    id: state.id("msgbatch_"),
    requests: requests.map((request) => ({ customId: String(request.custom_id), params: object(request.params) })),
    createdAt: state.runtime.clock.wall(),
    results: [],
  };
  state.batches.add(batch);
  schedule(state, visit, batch);
  visit.json(200, shown(batch, visit));
}

/** Lists batches, newest first. */
export async function listBatches(state: State, visit: Visit): Promise<void> {
  const result = page(state.batches.all(), visit.exchange.query, ({ id }) => id);
  if ("status" in result) return refuse(visit.exchange, result);
  visit.json(200, { ...result, data: result.data.map((batch) => shown(batch, visit)) });
}

/** Tells one batch. */
export async function getBatch(state: State, visit: Visit): Promise<void> {
  const batch = found(state, visit);
  if (batch !== undefined) visit.json(200, shown(batch, visit));
}

/** Cancels a batch: it ends soon, with every request canceled. */
export async function cancelBatch(state: State, visit: Visit): Promise<void> {
  const batch = found(state, visit);
  if (batch === undefined) return;
  if (batch.endedAt === undefined && batch.cancelAt === undefined) {
    batch.cancelAt = state.runtime.clock.wall();
    schedule(state, visit, batch);
  }
  visit.json(200, shown(batch, visit));
}

/** Deletes a batch that has ended. */
export async function deleteBatch(state: State, visit: Visit): Promise<void> {
  const batch = found(state, visit);
  if (batch === undefined) return;
  if (batch.endedAt === undefined) {
    return refuse(
      visit.exchange,
      invalid(`Message Batch ${batch.id} is still processing. Cancel it before you delete it.`),
    );
  }
  state.batches.remove(batch.id);
  visit.json(200, { id: batch.id, type: "message_batch_deleted" });
}

/** The results as JSON lines. */
export async function batchResults(state: State, visit: Visit): Promise<void> {
  const { exchange } = visit;
  const batch = found(state, visit);
  if (batch === undefined) return;
  if (batch.endedAt === undefined) return refuse(exchange, notFound(`Batch ${batch.id} has no available results.`));
  exchange.head(200, {
    "content-type": "application/x-jsonl",
    "request-id": exchange.requestId,
    ...edgeHeaders(exchange),
  });
  for (const line of batch.results) {
    const room = exchange.write(`${JSON.stringify(line)}\n`);
    if (room !== true && !(await room)) return;
  }
  exchange.end();
}

function schedule(state: State, visit: Visit, batch: Batch): void {
  batch.timer?.cancel();
  batch.timer = state.runtime.clock.timer(state.options.batchMs ?? BATCH_MS, () => {
    batch.results = batch.requests.map((request) => ({
      custom_id: request.customId,
      result:
        batch.cancelAt === undefined ? work(state, visit.region.name, visit.caller, request) : { type: "canceled" },
    }));
    batch.endedAt = state.runtime.clock.wall();
  });
}

function work(
  state: State,
  region: string,
  caller: Caller,
  request: BatchRequest,
): { type: string } & Record<string, unknown> {
  const { params } = request;
  const requestId = state.id("req_");
  const errored = ({ type, message }: Problem) => ({
    type: "errored",
    error: { type: "error", error: { type, message }, request_id: requestId },
  });
  const problem =
    params.stream === true
      ? invalid("stream: Streaming is not supported in batches")
      : requestProblem(state, caller, params, false);
  if (problem !== undefined) return errored(problem);
  const turn = turnOf(params);
  const plan = planFor(state, turn, undefined);
  if (typeof plan === "string") return errored(invalid(plan));
  const input = state.cache.account(
    params,
    `${caller.key}\n${turn.model}`,
    knownModel(turn.model)?.minCachePrefix ?? 1024,
  );
  const meter = new UsageMeter(input, plan.usage, "batch");
  const at = state.runtime.clock.wall();
  const bill = state.bills.open(
    { requestId, logId: 0, region, key: caller.key.slice(-4), model: turn.model, at },
    meter,
  );
  const printer = messagesJson({ id: state.id("msg_"), model: turn.model, created: 0 });
  let text = "";
  let thinking = false;
  for (const event of events(plan, meter, state.nextRandom())) {
    if (event.kind === "content_block_start") thinking = event.block.type === "thinking";
    if ("chars" in event) meter.add(event.chars, thinking);
    text += printer.print(event);
  }
  bill.settle("complete");
  return { type: "succeeded", message: JSON.parse(text) };
}

function batchProblem(requests: Array<Record<string, unknown>>): Problem | undefined {
  if (requests.length === 0) return invalid("requests: List should have at least 1 item after validation, not 0");
  if (requests.length > 100_000) return invalid("requests: List should have at most 100000 items after validation");
  const ids = new Set<string>();
  for (const [index, request] of requests.entries()) {
    if (typeof request.custom_id !== "string" || !/^[\w-]{1,64}$/.test(request.custom_id)) {
      return invalid(`requests.${index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
    }
    if (ids.has(request.custom_id)) return invalid(`requests.${index}.custom_id: custom_id must be unique`);
    ids.add(request.custom_id);
    if (typeof request.params !== "object" || request.params === null)
      return invalid(`requests.${index}.params: Field required`);
  }
  return undefined;
}

function found(state: State, visit: Visit): Batch | undefined {
  const id = visit.exchange.path.split("/")[4] ?? "";
  const batch = state.batches.get(id);
  if (batch === undefined) refuse(visit.exchange, notFound(`Message Batch ${id} not found.`));
  return batch;
}

function shown(batch: Batch, visit: Visit): Record<string, unknown> {
  const count = (type: string) => batch.results.filter(({ result }) => result.type === type).length;
  const ended = batch.endedAt !== undefined;
  const host = visit.exchange.header("host") ?? "127.0.0.1";
  return {
    id: batch.id,
    type: "message_batch",
    processing_status: ended ? "ended" : batch.cancelAt === undefined ? "in_progress" : "canceling",
    request_counts: {
      processing: ended ? 0 : batch.requests.length,
      succeeded: count("succeeded"),
      errored: count("errored"),
      canceled: count("canceled"),
      expired: 0,
    },
    created_at: formatRfc3339(batch.createdAt),
    expires_at: formatRfc3339(batch.createdAt + DAY_MS),
    ended_at: batch.endedAt === undefined ? null : formatRfc3339(batch.endedAt),
    cancel_initiated_at: batch.cancelAt === undefined ? null : formatRfc3339(batch.cancelAt),
    archived_at: null,
    results_url: ended ? `http://${host}/v1/messages/batches/${batch.id}/results` : null,
  };
}
