// The simulator's own routes under /_simulator: faults, log, bills, regions, scenarios, reset, health.

import type { Exchange } from "../exchange.ts";
import { readBody } from "../request-body.ts";
import { parseScenario, ScenarioError, settingsProblem } from "../scenario.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { change, type State } from "../state.ts";

const MOST_BYTES = 1024 * 1024;

/** Answers a control request. Errors are `{error: sentence}` with 400 or 404. Nothing of it is logged or billed. */
export async function control(state: State, exchange: Exchange): Promise<void> {
  const read = await readBody(exchange, MOST_BYTES, () => {});
  if (read === "gone") return;
  if ("problem" in read) return say(exchange, 413, { error: `a control request may have at most ${MOST_BYTES} bytes` });
  const asked = `${exchange.method} ${exchange.path.slice("/_simulator".length)}`;
  const fault = /^DELETE \/faults\/(.+)$/.exec(asked)?.[1];
  if (fault !== undefined) {
    const id = decodeURIComponent(fault);
    const gone = state.faults.remove(id);
    return say(exchange, gone ? 200 : 404, gone ? { removed: id } : { error: `there is no fault "${id}"` });
  }
  const region = /^POST \/regions\/(.+)$/.exec(asked)?.[1];
  if (region !== undefined) return setRegion(state, exchange, decodeURIComponent(region), read.body);
  switch (asked) {
    case "GET /health":
      return say(exchange, 200, {
        ok: true,
        regions: [...state.regions.values()].map(({ name, line }) => ({
          name,
          serving: line.serving,
          waiting: line.waiting,
        })),
      });
    case "GET /faults":
      return say(exchange, 200, { faults: state.faults.list() });
    case "POST /faults":
      return addFaults(state, exchange, read.body);
    case "DELETE /faults":
      state.faults.clear();
      return say(exchange, 200, { faults: [] });
    case "GET /log": {
      const { query } = exchange;
      const limit = query.get("limit");
      const entries = state.log.toJson({
        after: Number(query.get("after") ?? 0),
        bodies: query.get("bodies") !== "false",
        ...(limit === null ? {} : { limit: Number(limit) }),
      });
      return say(exchange, 200, { total: state.log.total, entries });
    }
    case "DELETE /log":
      state.log.clear();
      return say(exchange, 200, { total: 0, entries: [] });
    case "GET /bills":
      return say(exchange, 200, state.bills.report());
    case "GET /regions":
      return say(exchange, 200, {
        regions: [...state.regions.values()].map(({ name, line, settings }) => {
          return { name, serving: line.serving, waiting: line.waiting, ...settings };
        }),
      });
    case "POST /scenario":
      return startScenario(state, exchange, read.body.toString("utf8").trim());
    case "POST /reset":
      state.reset();
      return say(exchange, 200, { reset: true });
    default:
      return say(exchange, 404, {
        error: `no control route ${asked}; there are POST, GET, DELETE /faults, DELETE /faults/{id}, GET, DELETE /log, GET /bills, GET /regions, POST /regions/{name}, POST /scenario, POST /reset, GET /health`,
      });
  }
}

async function addFaults(state: State, exchange: Exchange, body: Buffer): Promise<void> {
  const value = parsed(body);
  if (value === undefined) return say(exchange, 400, { error: "the body is not JSON" });
  const ids: string[] = [];
  for (const spec of Array.isArray(value) ? value : [value]) {
    const added = state.faults.add(spec);
    if ("error" in added) return say(exchange, 400, { error: added.error, added: ids });
    ids.push(added.id);
  }
  say(exchange, 201, Array.isArray(value) ? { ids } : { id: ids[0] });
}

async function setRegion(state: State, exchange: Exchange, name: string, body: Buffer): Promise<void> {
  const region = state.regions.get(name);
  if (region === undefined)
    return say(exchange, 404, {
      error: `there is no region "${name}"; the regions are ${[...state.regions.keys()].join(", ")}`,
    });
  const wish = parsed(body);
  if (typeof wish !== "object" || wish === null) return say(exchange, 400, { error: "the body is not a JSON object" });
  const problem = settingsProblem(wish as Record<string, unknown>);
  if (problem !== undefined) return say(exchange, 400, { error: `${problem.key}: ${problem.message}` });
  change(region, wish);
  say(exchange, 200, { name, ...region.settings });
}

/** The body is a scenario's name, or a scenario in YAML (or JSON, which is YAML). */
async function startScenario(state: State, exchange: Exchange, text: string): Promise<void> {
  const named = SCENARIOS[text];
  const first = state.regions.keys().next().value ?? "";
  try {
    const scenario = named === undefined ? parseScenario(text) : named(first);
    state.run(scenario);
    say(exchange, 200, { scenario: scenario.name, steps: scenario.steps.length });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    say(exchange, 400, { error: `${error.message} (named scenarios: ${Object.keys(SCENARIOS).join(", ")})` });
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function say(exchange: Exchange, status: number, value: unknown): void {
  exchange.reply(status, { "content-type": "application/json" }, `${JSON.stringify(value)}\n`);
}
