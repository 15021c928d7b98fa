// The newest SDK's other resources through the gateway: token counts, models, batches, files.
import { randomBytes } from "node:crypto";
import type { Anthropic as Client } from "@anthropic-ai/sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, expectUntouched, startWorld, type World } from "./world.ts";

const { Anthropic, toFile } = await installed(() => import("@anthropic-ai/sdk"));

const MODEL = "claude-sonnet-4-6";

describe("the newest SDK's other resources", () => {
  let world: World;
  let client: Client;
  beforeAll(async () => {
    world = await startWorld({ simulator: { batchMs: 50 } });
    client = new Anthropic({ baseURL: world.url, apiKey: CLIENT_KEY });
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  test("tokens are counted, more for a longer prompt", async () => {
    const count = (content: string) =>
      client.messages.countTokens({ model: MODEL, messages: [{ role: "user", content }] });
    const [short, long] = await Promise.all([count("hello"), count("hello ".repeat(1_000))]);
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens + 500);
    expectUntouched(world);
  });

  test("models are listed page by page, and one is retrieved", async () => {
    const ids: string[] = [];
    for await (const model of client.models.list({ limit: 5 })) ids.push(model.id);
    expect(ids).toContain(MODEL);
    expect(new Set(ids).size).toBe(ids.length);
    expect(world.received("/v1/models").length).toBe(Math.ceil(ids.length / 5));
    const model = await client.models.retrieve(MODEL);
    expect(model).toMatchObject({ id: MODEL, type: "model", display_name: expect.stringContaining("Sonnet") });
    expectUntouched(world);
  });

  test("a model that is not there is the upstream's own 404", async () => {
    const error = await client.models.retrieve("claude-nobody").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error).toMatchObject({ status: 404, type: "not_found_error", requestID: world.only().requestId });
    expectUntouched(world);
  });

  test("a batch is created, ends, and its results are read line by line", async () => {
    const batch = await client.messages.batches.create({
      requests: ["one", "two", "three"].map((word) => ({
        custom_id: word,
        params: { model: MODEL, max_tokens: 100, messages: [{ role: "user" as const, content: `say: ${word}` }] },
      })),
    });
    expect(batch).toMatchObject({ type: "message_batch", processing_status: "in_progress" });
    await expect
      .poll(async () => (await client.messages.batches.retrieve(batch.id)).processing_status, { interval: 20 })
      .toBe("ended");
    const texts: Record<string, unknown> = {};
    for await (const { custom_id, result } of await client.messages.batches.results(batch.id)) {
      texts[custom_id] = result.type === "succeeded" && result.message.content[0];
    }
    expect(texts).toMatchObject({ one: { text: "one" }, two: { text: "two" }, three: { text: "three" } });
    const listed = [];
    for await (const one of client.messages.batches.list()) listed.push(one.id);
    expect(listed).toEqual([batch.id]);
    expect(await client.messages.batches.delete(batch.id)).toMatchObject({ id: batch.id });
    // The results are fetched from the address that the batch names: it must lead through the gateway too.
    expect(world.received(`/v1/messages/batches/${batch.id}/results`)).toHaveLength(1);
    expectUntouched(world);
  });

  test("a batch is cancelled", async () => {
    const params = { model: MODEL, max_tokens: 10, messages: [{ role: "user" as const, content: "say: never" }] };
    const { id } = await client.messages.batches.create({ requests: [{ custom_id: "a", params }] });
    expect(await client.messages.batches.cancel(id)).toMatchObject({ processing_status: "canceling" });
    expectUntouched(world);
  });

  test("a file of any bytes is uploaded, listed, read back and deleted", async () => {
    const bytes = randomBytes(300_000);
    const file = await client.files.upload({ file: await toFile(bytes, "noise.bin", { type: "application/x-noise" }) });
    expect(file).toMatchObject({ filename: "noise.bin", mime_type: "application/x-noise", size_bytes: bytes.length });
    const listed = [];
    for await (const one of client.files.list()) listed.push(one.id);
    expect(listed).toEqual([file.id]);
    const back = await client.files.download(file.id);
    expect(Buffer.from(await back.arrayBuffer()).equals(bytes)).toBe(true);
    expect(await client.files.retrieveMetadata(file.id)).toMatchObject({ id: file.id });
    await client.files.delete(file.id);
    await expect(client.files.retrieveMetadata(file.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    expectUntouched(world);
  });
});
