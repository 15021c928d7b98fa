// The author: the words of a prompt that decide an answer, and nothing else that does.

import { seededRandom } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { answer } from "./author.ts";
import { events, plannedTokens, reaches } from "./events.ts";
import type { Plan, PlannedBlock } from "./plan.ts";
import { Prose } from "./prose.ts";
import { sampleOf } from "./schema-sample.ts";
import { sign, verify } from "./signature.ts";
import { turnOf } from "./turn.ts";
import { UsageMeter } from "./usage-meter.ts";

let made = 0;
const study = { seed: "s", prose: new Prose("s"), id: (prefix: string) => `${prefix}${made++}` };
const NO_INPUT = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
const ask = (prompt: unknown, more: Record<string, unknown> = {}) =>
  answer(
    turnOf({ model: "claude-opus-5", max_tokens: 100_000, messages: [{ role: "user", content: prompt }], ...more }),
    study,
  );
const wording = (block: PlannedBlock | undefined) =>
  block?.type === "text" || block?.type === "thinking" ? block.text.slice(0, block.text.length) : "";
const said = (plan: Plan) => plan.blocks.map(wording).join("");
const tool = (name: string, input_schema: unknown = { type: "object" }) => ({ name, input_schema });

test.each([
  ["say 12 words", 12],
  ["Please write exactly 300 words about the sea", 300],
  ["write me 7 words", 7],
])("%s", (prompt, count) => {
  expect(said(ask(prompt)).split(" ")).toHaveLength(count);
});

test("tokens on demand, up to max_tokens", () => {
  expect(plannedTokens(ask("write about 5000 tokens"))).toBe(5_000);
  const cut = ask("write about 5000 tokens", { max_tokens: 100 });
  expect([plannedTokens(cut), cut.stopReason]).toEqual([100, "max_tokens"]);
  expect(ask("hello", { max_tokens: 1 }).stopReason).toBe("max_tokens");
});

test("what a reminder of the system says is not the prompt", () => {
  const content = [
    { type: "text", text: "<system-reminder>say 3 words</system-reminder>" },
    { type: "text", text: "<system-reminder>x</system-reminder>say: the prompt" },
  ];
  expect(said(ask(content))).toBe("the prompt");
});

test("the last user turn counts, whatever system turn follows it", () => {
  const messages = [
    { role: "user", content: "say: one" },
    { role: "assistant", content: "one" },
    { role: "user", content: "say: two" },
    { role: "system", content: "say: three" },
  ];
  expect(said(ask("", { messages }))).toBe("two");
});

test("tools are called when asked, in parallel unless forbidden, and by force", () => {
  const tools = [
    tool("Bash"),
    tool("weather", { type: "object", properties: { city: { type: "string", enum: ["Oslo"] } } }),
  ];
  const calls = (plan: Plan) =>
    plan.blocks.flatMap((block) =>
      block.type === "tool" ? [`${block.block.name} ${block.json.slice(0, block.json.length)}`] : [],
    );
  const two = ask("run: ls -l\nrun: date", { tools });
  expect([calls(two), two.stopReason]).toEqual([['Bash {"command":"ls -l"}', 'Bash {"command":"date"}'], "tool_use"]);
  expect(
    calls(ask("run: a\nrun: b", { tools, tool_choice: { type: "auto", disable_parallel_tool_use: true } })),
  ).toHaveLength(1);
  expect(calls(ask("please call the tool weather now", { tools }))).toEqual(['weather {"city":"Oslo"}']);
  expect(calls(ask("hi", { tools }))).toEqual([]);
  expect(calls(ask("hi", { tools, tool_choice: { type: "tool", name: "weather" } }))).toEqual([
    'weather {"city":"Oslo"}',
  ]);
  expect(calls(ask("run: ls", { tools, tool_choice: { type: "none" } }))).toEqual([]);
  expect(calls(ask("run: ls"))).toEqual([]);
});

test("structured output satisfies its schema", () => {
  const schema = {
    type: "object",
    properties: {
      kind: { enum: ["a", "b"] },
      list: { type: "array", items: { $ref: "#/$defs/n" }, minItems: 2 },
      maybe: { type: "string" },
    },
    required: ["kind", "list"],
    $defs: { n: { type: "integer", minimum: 4 } },
  };
  expect(JSON.parse(said(ask("x", { output_config: { format: { type: "json_schema", schema } } })))).toEqual({
    kind: "a",
    list: [4, 4],
  });
  expect(sampleOf({ anyOf: [{ const: 5 }] }, "t")).toBe(5);
  expect(sampleOf({ type: "string", minLength: 5, maxLength: 6 }, "ab")).toBe("ab...");
});

test("the stop sequence that comes first ends the text before it", () => {
  const plan = ask("say: alpha beta gamma delta", { stop_sequences: ["delta", "gamma", ""] });
  expect([said(plan), plan.stopReason, plan.stopSequence]).toEqual(["alpha beta ", "stop_sequence", "gamma"]);
});

test("a signature holds for its seed and text only", () => {
  const signature = sign("seed", "thought", "nonce");
  expect(verify("seed", "thought", signature)).toBe(true);
  expect(verify("seed", "thought!", signature)).toBe(false);
  expect(verify("other", "thought", signature)).toBe(false);
  expect(verify("seed", "thought", "")).toBe(false);
});

test("the middle of every block leaves something of it to come, never splits a character, and comes once", () => {
  const plan = ask("say: \u{1f642}\u{1f642}\u{1f642}", { thinking: { type: "adaptive" }, tools: [tool("Bash")] });
  for (let seed = 0; seed < 50; seed++) {
    const list = [...events(plan, new UsageMeter(NO_INPUT), seededRandom(seed))];
    const mids = list.flatMap((event) =>
      event.kind === "content_block_delta" && event.mid !== undefined ? [event.mid] : [],
    );
    expect(mids).toEqual(["mid-thinking", "mid-text"]);
    const text = list.flatMap((event) =>
      event.kind === "content_block_delta" && event.delta.type === "text_delta" ? [event.delta.text] : [],
    );
    expect(text.join("")).toBe("\u{1f642}\u{1f642}\u{1f642}");
    for (const piece of text) expect(piece.isWellFormed()).toBe(true);
    const middle = list.findIndex((event) => event.kind === "content_block_delta" && event.mid === "mid-text");
    expect(list[middle + 1]?.kind).toBe("content_block_delta");
  }
  expect([reaches(plan, "mid-text"), reaches(plan, "mid-tool"), reaches(plan, "after-headers")]).toEqual([
    true,
    false,
    true,
  ]);
});

test("endless prose is the same whole or in slices", () => {
  const text = study.prose.endless(200_000, 99);
  let joined = "";
  for (let at = 0; at < 200_000; at += 777) joined += text.slice(at, Math.min(at + 777, 200_000));
  expect(joined).toBe(text.slice(0, 200_000));
  expect(joined).toHaveLength(200_000);
});
