// What every hostile case must come to: one clear answer (or a clean close), a living gateway, an untouched upstream.

import { expect } from "vitest";
import { type Listening, type Say, type Talk, talk, type WireResponse } from "./wire.ts";
import { request, type World } from "./world.ts";

/** One case. */
export interface Case {
  /** What is hostile about it. */
  readonly name: string;
  /** What the client says. */
  readonly say: readonly Say[];
  /** Status of the one answer; `close` = the connection is closed without one. */
  readonly status: number | "close";
  /** `error.type` of the answer, by status when left out. */
  readonly type?: string;
  /** Requests that may reach the upstream because of it. Default 0. */
  readonly reaches?: number;
  readonly listening?: Listening;
}

const TYPES: { readonly [status: number]: string } = {
  400: "invalid_request_error",
  401: "authentication_error",
  404: "not_found_error",
  405: "invalid_request_error",
  408: "invalid_request_error",
  413: "request_too_large",
  415: "invalid_request_error",
  417: "invalid_request_error",
  431: "invalid_request_error",
  503: "api_error",
};

/** Plays a case against a world and checks all that must hold. */
export async function play(world: World, one: Case, url = world.gateway.url): Promise<Talk> {
  world.upstream.clear();
  const said = await talk(url, one.say, one.listening);
  const shown = said.bytes.toString("latin1").slice(0, 600);
  expect(said.ms, `${one.name}: hangs`).toBeLessThan((one.listening?.withinMs ?? 5_000) - 100);
  if (one.status === "close") {
    expect(said.responses, `${one.name}: ${shown}`).toHaveLength(0);
    expect(said.end, one.name).not.toBe("open");
  } else {
    expect(
      said.responses.map((response) => response.status),
      `${one.name}: ${shown}`,
    ).toEqual([one.status]);
    expect(said.rest, `${one.name}: bytes behind the answer`).toHaveLength(0);
    const response = said.responses[0] as WireResponse;
    expect(response.whole, `${one.name}: the answer is cut`).toBe(true);
    if (one.status >= 400 && one.listening?.head !== true) isOurError(response, one.status, one.type);
  }
  expect(world.upstream.received, `${one.name}: reached the upstream`).toHaveLength(one.reaches ?? 0);
  return said;
}

/** The answer is an error in Anthropic's shape with a code of ours. */
export function isOurError(response: WireResponse, status: number, type = TYPES[status]): void {
  expect(response.headers.get("content-type")).toBe("application/json");
  const told = JSON.parse(response.body.toString("utf8")) as {
    type: string;
    error: { type: string; message: string; details: { error_code: string } };
    request_id: string;
  };
  expect(told.type).toBe("error");
  expect(told.error.type).toBe(type);
  expect(told.error.message.length).toBeGreaterThan(10);
  expect(told.error.message).not.toMatch(/undefined|NaN|\[object/);
  expect(told.error.details.error_code).toMatch(/^fairlead_[a-z_]+$/);
  expect(told.request_id).toMatch(/^req_fl_/);
  expect(response.headers.get("fairlead-request-id")).toBe(told.request_id);
}

/** The gateway still answers a good request, and the upstream gets exactly that one. */
export async function stillAlive(world: World): Promise<void> {
  world.upstream.clear();
  const said = await talk(world.gateway.url, [request()]);
  expect(said.responses.map((one) => one.status)).toEqual([200]);
  expect(world.upstream.received).toHaveLength(1);
  expect(world.log.filter((line) => line.includes('"event":"defect"'))).toEqual([]);
}
