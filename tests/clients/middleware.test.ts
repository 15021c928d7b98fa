// The resilience() middleware in the newest SDK: faults it survives, errors it leaves alone, aborts it passes on.

import type { Anthropic as Client } from "@anthropic-ai/sdk";
import { type Resilience, resilience } from "@fairlead/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { startWorld, UPSTREAM_KEY, type World } from "./world.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

const say = (text: string) => ({
  model: "claude-sonnet-4-6",
  max_tokens: 1_000,
  messages: [{ role: "user" as const, content: `say: ${text}` }],
});

describe("the newest SDK with the resilience middleware", () => {
  let world: World;
  let middleware: Resilience;
  let client: Client;
  beforeAll(async () => {
    world = await startWorld();
  });
  beforeEach(() => {
    middleware = resilience({ retry: { max_delay: "50ms" } });
    client = new Anthropic({
      baseURL: world.upstreamUrl,
      apiKey: UPSTREAM_KEY,
      maxRetries: 0,
      middleware: [middleware],
    });
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const ask = async (text: string, stream: boolean) => {
    const message = await (stream
      ? client.messages.stream(say(text)).finalMessage()
      : client.messages.create(say(text)));
    return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  };

  test.each([false, true])("text goes through as it is, with the request's id (streamed: %s)", async (stream) => {
    expect(await ask("grüße 🚀", stream)).toBe("grüße 🚀");
    const { request_id } = await client.messages.create(say("id")).withResponse();
    expect(request_id).toBe(world.received().at(-1)?.requestId);
    expect(middleware.snapshot().sinceStart).toMatchObject({ requests: 2, succeeded: 2, attempts: 2 });
  });

  // What may have been billed is tried on the same address once more, what was refused for want of capacity twice.
  test.each([
    { kind: "overloaded", times: 2, stream: false },
    { kind: "overloaded", times: 2, stream: true },
    { kind: "in-stream-error", phase: "after-message-start", times: 2, stream: true },
    { kind: "reset", phase: "before-headers", times: 1, stream: false },
    { kind: "reset", phase: "before-headers", times: 1, stream: true },
    { kind: "truncate", phase: "mid-text", times: 1, stream: false },
    { kind: "truncate", phase: "after-message-start", times: 1, stream: true },
  ])("$kind, $times times, is survived (streamed: $stream)", async ({ kind, phase, times, stream }) => {
    world.fault({ kind, ...(phase === undefined ? {} : { phase }), pattern: { times } });
    expect(await ask("survived", stream)).toBe("survived");
    expect(world.received().map(({ faults }) => faults.length)).toEqual([...Array(times).fill(1), 0]);
    expect(new Set(world.received().map(({ body }) => body.toString())).size).toBe(1);
    expect(middleware.snapshot().sinceStart).toMatchObject({ requests: 1, succeeded: 1, attempts: times + 1 });
  });

  test("a tool call streamed through a fault comes whole", async () => {
    world.fault({ kind: "overloaded", pattern: { once: true } });
    const message = await client.messages
      .stream({
        ...say("x"),
        messages: [{ role: "user", content: 'use tool weather {"city":"Zürich"}' }],
        tools: [{ name: "weather", input_schema: { type: "object" } }],
      })
      .finalMessage();
    expect(message.content.at(-1)).toMatchObject({ type: "tool_use", input: { city: "Zürich" } });
  });

  test("the API's refusal keeps its class and id, and is not asked again", async () => {
    const error = await client.messages.create({ ...say("x"), model: "claude-nobody" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error).toMatchObject({ requestID: world.only().requestId, type: "not_found_error" });
  });

  test("an outage ends as the API's own error after the configured attempts", async () => {
    world.fault({ kind: "overloaded" });
    await expect(ask("x", false)).rejects.toBeInstanceOf(Anthropic.OverloadedError);
    expect(world.received()).toHaveLength(3);
  });

  test("a stream that breaks in its text raises", async () => {
    world.fault({ kind: "truncate", phase: "mid-text" });
    const read = (async () => {
      for await (const _ of await client.messages.create({ ...say("word ".repeat(80)), stream: true }));
    })();
    await expect(read).rejects.toThrow(Anthropic.AnthropicError);
    expect(world.received()).toHaveLength(1);
  });

  // Tried again: a pause of the machine is late once, a fault each time.
  test("an abort in the middle of a stream reaches the API at once", { retry: 2 }, async () => {
    world.fault({ kind: "stall", phase: "mid-text" });
    const stream = await client.messages.create({ ...say("word ".repeat(80)), stream: true });
    let abortedAt = 0;
    for await (const event of stream) {
      if (event.type !== "content_block_delta") continue;
      abortedAt = Date.now();
      stream.controller.abort();
    }
    await expect.poll(() => world.only().disconnectedAt, { interval: 5, timeout: 2_000 }).toBeDefined();
    expect((world.only().disconnectedAt ?? 0) - abortedAt).toBeLessThan(100);
  });
});
