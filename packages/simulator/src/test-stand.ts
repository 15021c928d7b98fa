// A simulator as tests want it: free ports, no waiting, one call to ask.

import { type Runtime, systemRuntime } from "@fairlead/runtime";
import type { SimulatorOptions } from "./options.ts";
import { type Simulator, startSimulator } from "./simulator.ts";
import { type ProbeOptions, probe, type Sighting } from "./wire-probe.ts";

/** A running simulator and ways to ask it. */
export interface TestStand {
  readonly simulator: Simulator;
  readonly runtime: Runtime;
  /** Port of the first region. */
  readonly port: number;
  /** Sends a Messages request (or another `path`) with credentials; objects become JSON. */
  ask(body: unknown, more?: Partial<ProbeOptions>): Promise<Sighting>;
  /** Asks the control listener; gives the parsed answer with its status. */
  control(method: string, path: string, body?: unknown): Promise<{ status: number; value: Record<string, unknown> }>;
}

/** A user turn of a model that takes adaptive thinking and no prefill. */
export function turn(prompt: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: "claude-sonnet-4-6", max_tokens: 4_000, messages: [{ role: "user", content: prompt }], ...more };
}

/** The tool that `run: command` prompts call. */
export const BASH = { name: "Bash", input_schema: { type: "object", properties: { command: { type: "string" } } } };

/** Starts a stand. Default: one region `local`, pace instant, everything on free ports. */
export async function testStand(options: SimulatorOptions = {}, runtime = systemRuntime()): Promise<TestStand> {
  const regions = (options.regions ?? [{ name: "local" }]).map((region) => ({ port: 0, ...region }));
  const simulator = await startSimulator({ pace: "instant", controlPort: 0, ...options, regions }, runtime);
  const port = simulator.regions[0]?.port ?? 0;
  const controlPort = Number(new URL(simulator.controlUrl).port);
  return {
    simulator,
    runtime,
    port,
    ask: (body, { headers, ...more } = {}) =>
      probe(
        {
          port,
          headers: {
            "x-api-key": "sk-test",
            "anthropic-version": "2023-06-01",
            "content-type": "application/json",
            ...headers,
          },
          body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
          ...more,
        },
        runtime,
      ),
    async control(method, path, body) {
      const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
      const seen = await probe({ port: controlPort, method, path: `/_simulator${path}`, body: text }, runtime);
      return { status: seen.status, value: JSON.parse(seen.body.toString()) as Record<string, unknown> };
    },
  };
}

/** The events of a stream that ends each frame with a blank line: name and parsed data. */
export function eventsOf(body: Buffer): Array<{ event: string; data: Record<string, unknown> }> {
  return body
    .toString("utf8")
    .split("\n\n")
    .filter((frame) => frame.startsWith("event: "))
    .map((frame) => {
      const [event = "", data = ""] = frame.split("\n");
      return { event: event.slice(7), data: JSON.parse(data.slice(6)) as Record<string, unknown> };
    });
}

/** The text that a stream's deltas of one type add up to. */
export function joined(body: Buffer, type: string, field: string): string {
  return eventsOf(body)
    .map(({ data }) => data.delta as Record<string, unknown> | undefined)
    .filter((delta) => delta?.type === type)
    .map((delta) => String(delta?.[field]))
    .join("");
}
