// Errors as the newest SDK's callers see them: the upstream's own with class and request id, the gateway's with the fix.
import type { Anthropic as Client } from "@anthropic-ai/sdk";
import { afterEach, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, headerOf, startWorld, type World, type WorldOptions } from "./world.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

const PROMPT = {
  model: "claude-sonnet-4-6",
  max_tokens: 200,
  messages: [{ role: "user" as const, content: "say: well done" }],
};

describe("errors that the newest SDK's callers see", () => {
  let world: World;
  // An upstream's 401 parks its account, so each test has a world of its own.
  afterEach(() => world.close());
  const begin = async (options: WorldOptions = {}, more: { maxRetries?: number; apiKey?: string } = {}) => {
    world = await startWorld(options);
    return new Anthropic({ baseURL: world.url, apiKey: CLIENT_KEY, ...more });
  };
  const errorOf = (client: Client, stream: boolean) =>
    client.messages.create({ ...PROMPT, stream }).then(
      () => undefined,
      (e: unknown) => e as InstanceType<typeof Anthropic.APIError>,
    );

  test.each([
    ["unauthorized", "AuthenticationError", 401, "authentication_error"],
    ["billing-402", "PaymentRequiredError", 402, "billing_error"],
    ["permission", "PermissionDeniedError", 403, "permission_error"],
    ["model-not-found", "NotFoundError", 404, "not_found_error"],
    ["prompt-too-long", "BadRequestError", 400, "invalid_request_error"],
  ] as const)("%s: %s once, with the upstream's own body and request id", async (kind, name, status, type) => {
    const client = await begin();
    world.fault({ kind });
    for (const stream of [false, true]) {
      world.simulator.log.clear();
      const error = await errorOf(client, stream);
      expect(error).toBeInstanceOf(Anthropic[name]);
      if (kind === "unauthorized" && stream) break;
      const received = world.only();
      expect(error).toMatchObject({ status, type, requestID: received.requestId });
      expect(error?.error).toMatchObject({ type: "error", error: { type }, request_id: received.requestId });
      expect(error?.headers?.get("fairlead-upstream")).toBe("near");
    }
  });

  test.each([false, true])("one 529 and one 500 are never seen (streamed: %s)", async (stream) => {
    const client = await begin({ config: "retry: { max_delay: 100ms }" }, { maxRetries: 0 });
    world.fault({ kind: "overloaded", pattern: { once: true } });
    world.fault({ kind: "server-error", pattern: { once: true } });
    const message = stream ? await client.messages.stream(PROMPT).finalMessage() : await client.messages.create(PROMPT);
    expect(message.content).toMatchObject([{ text: "well done" }]);
    expect(world.received().map(({ status }) => status)).toEqual([529, 500, 200]);
  });

  test("an outage is the upstream's own 529, after the attempts that were configured and no more", async () => {
    const client = await begin({ config: "retry: { attempts: 2, max_delay: 50ms }" }, { maxRetries: 0 });
    world.fault({ kind: "overloaded" });
    const error = await errorOf(client, false);
    expect(error).toBeInstanceOf(Anthropic.OverloadedError);
    expect(error?.error).toMatchObject({ error: { type: "overloaded_error", message: "Overloaded" } });
    expect(world.received()).toHaveLength(2);
    expect(world.received().map(({ requestId }) => requestId)).toContain(error?.requestID);
  });

  test("a stream that breaks in the middle raises, with .stream() and with the raw iterator", async () => {
    const client = await begin();
    world.fault({ kind: "truncate", phase: "mid-text" });
    const raw = await client.messages.create({ ...PROMPT, stream: true });
    const read = (async () => {
      for await (const _ of raw);
    })();
    await expect(read).rejects.toThrow(Anthropic.APIError);
    await expect(client.messages.stream(PROMPT).finalMessage()).rejects.toThrow(Anthropic.APIError);
    expect(world.received()).toHaveLength(2);
  });

  test("a key that the gateway does not know is refused by it, and nothing reaches the upstream", async () => {
    const client = await begin({}, { apiKey: "fl-dev-stranger" });
    const error = await errorOf(client, false);
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error?.requestID).toMatch(/^req_fl_/);
    expect(error?.error).toMatchObject({ error: { details: { error_code: expect.stringMatching(/^fairlead_/) } } });
    expect(JSON.stringify(error?.error)).not.toContain("fl-dev-stranger");
    expect(world.received()).toHaveLength(0);
    expect(world.tap.requests).toHaveLength(1);
  });

  test("a base URL with /v1 in it is told so", async () => {
    const client = await begin();
    const wrong = new Anthropic({ baseURL: `${world.url}/v1`, apiKey: CLIENT_KEY });
    const error = await errorOf(wrong, false);
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error?.message).toContain("leave /v1 out of the base URL");
    expect(client.baseURL).toBe(world.url);
  });

  test("a request without a model is refused with the field's name", async () => {
    const client = await begin();
    const error = await client.messages
      .create({ max_tokens: 1, messages: [] } as unknown as Client.MessageCreateParamsNonStreaming)
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(String(error)).toContain("model: Field required");
    expect(world.received()).toHaveLength(0);
  });

  test("both credentials at once: the gateway takes the one it knows and passes neither on", async () => {
    await begin();
    const client = new Anthropic({
      baseURL: world.url,
      apiKey: CLIENT_KEY,
      defaultHeaders: { "x-api-key": "sk-ant-of-somebody-else" },
    });
    await client.messages.create(PROMPT);
    const received = world.only();
    expect(headerOf(received, "authorization")).toBeUndefined();
    expect(JSON.stringify(received.headers)).not.toContain("somebody-else");
  });
});
