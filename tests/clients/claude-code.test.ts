// The Claude Code binary through the gateway: prompts, tools, /context, a resumed session, both credentials, faults.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type CleanRoom, cleanRoom, resultOf } from "./claude-code.ts";
import { CLIENT_KEY, expectUntouched, headerOf, jsonOf, type Received, startWorld, type World } from "./world.ts";

const KEY = { ANTHROPIC_API_KEY: CLIENT_KEY };
const JSON_OUT = ["--output-format", "json"];

describe("Claude Code through the gateway", () => {
  let world: World;
  let room: CleanRoom;
  beforeAll(async () => {
    world = await startWorld({ regions: ["near", "far"], config: "retry: { max_delay: 100ms }" });
    room = await cleanRoom(world.url);
  });
  afterEach(() => world.clear());
  afterAll(async () => {
    await room?.remove();
    await world.close();
  });

  const ask = async (prompt: string, args: readonly string[] = [], env: Record<string, string> = KEY) => {
    const run = await room.start(["-p", prompt, ...JSON_OUT, ...args], env).ended;
    return { run, result: resultOf(run) };
  };
  const session = (entry: Received | undefined) => entry && headerOf(entry, "x-claude-code-session-id");

  test("a prompt is answered, and all that it sent arrives as it was", async () => {
    const { run, result } = await ask("say: grüße 🚀");
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(result).toMatchObject({ is_error: false, result: "grüße 🚀", num_turns: 1 });
    expect(result.usage.output_tokens).toBe(world.simulator.bills().total.outputTokens);
    const received = world.only("/v1/messages");
    expect(received.target).toBe("/v1/messages?beta=true");
    expect(session(received)).toBe(result.session_id);
    expect(headerOf(received, "anthropic-version")).toBe("2023-06-01");
    expect(headerOf(received, "anthropic-beta")).toContain("claude-code-20250219");
    const { messages, metadata } = jsonOf(received) as { messages: Array<{ role: string }>; metadata: object };
    expect(messages.map(({ role }) => role)).toContain("system");
    expect(metadata).toMatchObject({ user_id: expect.stringContaining(result.session_id) });
    expectUntouched(world);
  });

  test("ANTHROPIC_AUTH_TOKEN works as well", async () => {
    const { result } = await ask("say: by token", [], { ANTHROPIC_AUTH_TOKEN: CLIENT_KEY });
    expect(result).toMatchObject({ is_error: false, result: "by token" });
    expect(headerOf(world.tap.requests[0] ?? { headers: [] }, "authorization")).toBe(`Bearer ${CLIENT_KEY}`);
    expectUntouched(world);
  });

  test("a Bash tool call runs, and its result goes back with the thinking and its signature", async () => {
    const { result } = await ask("run: echo hi-from-tool", ["--allowedTools", "Bash(echo *)"]);
    expect(result).toMatchObject({ is_error: false, result: "The tool answered: hi-from-tool", num_turns: 2 });
    const [, second] = world.received("/v1/messages");
    const sent = JSON.stringify(second && jsonOf(second).messages);
    for (const part of ['"tool_use"', '"tool_result"', '"signature"', "hi-from-tool"]) expect(sent).toContain(part);
    expect(new Set(world.received("/v1/messages").map(session))).toEqual(new Set([result.session_id]));
    expectUntouched(world);
  });

  test("stream-json prints the text as it comes", async () => {
    const args = ["-p", "say 40 words", "--output-format", "stream-json", "--verbose", "--include-partial-messages"];
    const run = await room.start(args, KEY).ended;
    const lines = run.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const deltas = lines.filter(({ type, event }) => type === "stream_event" && event.delta?.type === "text_delta");
    expect(deltas.length).toBeGreaterThan(2);
    const result = lines.at(-1);
    expect(result).toMatchObject({ type: "result", is_error: false });
    expect(deltas.map(({ event }) => event.delta.text).join("")).toBe(result.result);
    expect(result.result.split(" ")).toHaveLength(40);
    expectUntouched(world);
  });

  test("/context counts tokens in a burst, and every count arrives", async () => {
    const { result } = await ask("/context");
    expect(result).toMatchObject({ is_error: false, result: expect.stringContaining("Context Usage") });
    const counts = world.received("/v1/messages/count_tokens");
    expect(counts.length).toBeGreaterThan(8);
    expect(counts.map(({ status }) => status)).toEqual(counts.map(() => 200));
    expect(new Set(counts.map(({ body }) => body.toString())).size).toBeGreaterThan(8);
    expectUntouched(world);
  });

  test("a session that is resumed keeps its id and what was said", async () => {
    const { result: first } = await ask("say: the word is fairlead-7");
    const { result: second } = await ask("say: resumed", ["--resume", first.session_id]);
    expect(second).toMatchObject({ is_error: false, result: "resumed", session_id: first.session_id });
    const requests = world.received("/v1/messages");
    expect(requests.map(session)).toEqual([first.session_id, first.session_id]);
    expect(requests[1]?.body.toString()).toContain("the word is fairlead-7");
    expectUntouched(world);
  });

  test("models of the gateway are discovered", async () => {
    const { result } = await ask("say: found", [], { ...KEY, CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1" });
    expect(result.result).toBe("found");
    expect(world.received("/v1/models").map(({ target, status }) => [target, status])).toEqual([
      ["/v1/models?limit=1000", 200],
    ]);
    expectUntouched(world);
  });

  test("a 529 of the first upstream is not seen: one request, answered by the second", async () => {
    world.fault({ kind: "overloaded", filter: { region: ["near"] } });
    const { result } = await ask("say: from afar");
    expect(result).toMatchObject({ is_error: false, result: "from afar" });
    expect(world.tap.requests).toHaveLength(1);
    const attempts = world.received("/v1/messages");
    expect(attempts.map(({ region }) => region)).toContain("far");
    expect(attempts.at(-1)).toMatchObject({ region: "far", status: 200 });
    expect(attempts.every(({ body }) => body.equals(attempts[0]?.body ?? Buffer.alloc(0)))).toBe(true);
  });

  // Told of the break, Claude Code asks again: with the part that came and a request to go on, or from the beginning.
  test.each(["truncate", "reset", "in-stream-error"])(
    "a stream that breaks in its text (%s) is gone on with",
    async (kind) => {
      world.fault({ kind, phase: "mid-text", pattern: { once: true } });
      const { run, result } = await ask("say 50 words");
      expect(run.code).toBe(0);
      expect(result).toMatchObject({ is_error: false, result: expect.stringMatching(/\S+( \S+){20}/) });
      const [broken, second, ...more] = world.received("/v1/messages");
      expect(broken?.faults).toMatchObject([{ kind, fired: true }]);
      expect(second).toMatchObject({ status: 200, ended: "complete" });
      expect(more).toEqual([]);
      expectUntouched(world);
    },
  );

  test("a key that the gateway does not know is refused once, with the sentence that helps", async () => {
    const { run, result } = await ask("say: no", [], { ANTHROPIC_API_KEY: "fl-dev-stranger-0123456789" });
    expect(run.code).toBe(1);
    expect(result.is_error).toBe(true);
    expect(result.result).toMatch(/401/);
    expect(result.result).toMatch(/key/i);
    expect(world.tap.requests).toHaveLength(1);
    expect(world.received()).toHaveLength(0);
  });

  // Tried again: a pause of the machine is late once, a fault each time.
  test("a killed session ends its request at the upstream at once", { retry: 2 }, async () => {
    world.fault({ kind: "stall", phase: "mid-text" });
    const running = room.start(["-p", "say 400 words", ...JSON_OUT], KEY);
    await expect
      .poll(() => world.received("/v1/messages").at(-1)?.bytesOut ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(500);
    const killedAt = Date.now();
    running.kill();
    expect((await running.ended).signal).toBe("SIGKILL");
    await expect.poll(() => world.only("/v1/messages").disconnectedAt, { interval: 5, timeout: 5_000 }).toBeDefined();
    expect((world.only("/v1/messages").disconnectedAt ?? 0) - killedAt).toBeLessThan(500);
  });
});
