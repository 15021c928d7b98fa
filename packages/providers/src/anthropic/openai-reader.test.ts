// When a chat completion's content begins, and how its end is judged.
import { expect, test } from "vitest";
import { OpenAiReader } from "./openai-reader.ts";

const chunk = (delta: object, finish: string | null = null) =>
  Buffer.from(`data: ${JSON.stringify({ model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
const ROLE = chunk({ role: "assistant", content: "" });
const failed = Buffer.from('data: {"error":{"type":"overloaded_error","message":"Overloaded"}}\n\n');

function readerAfter(...chunks: Buffer[]): OpenAiReader {
  const reader = new OpenAiReader();
  for (const one of chunks) reader.push(one);
  return reader;
}

test("the chunk that names the role is no content; text, a tool call and whatever comes second are", () => {
  expect(readerAfter(ROLE)).toMatchObject({ started: true, content: false });
  expect(readerAfter(Buffer.from(": ping\n\n"), ROLE)).toMatchObject({ content: false });
  expect(readerAfter(chunk({ role: "assistant", content: "H" })).content).toBe(true);
  expect(readerAfter(chunk({ tool_calls: [{ index: 0 }] })).content).toBe(true);
  expect(readerAfter(ROLE, chunk({ reasoning: "x" })).content).toBe(true);
});

test("an error before content may be tried again, one after it is a cut", () => {
  expect(readerAfter(ROLE, failed).fault).toMatchObject({ verdict: "overloaded", message: "Overloaded" });
  expect(readerAfter(ROLE, chunk({ content: "H" }), failed).fault).toMatchObject({ verdict: "cut" });
});

test("a stream without [DONE] and without a finish reason is not whole", () => {
  expect(readerAfter(ROLE, chunk({ content: "H" })).finish().fault).toMatchObject({ verdict: "cut" });
  expect(readerAfter(ROLE, chunk({}, "stop")).finish().fault).toBeUndefined();
  expect(readerAfter(ROLE, Buffer.from("data: [DONE]\n\n")).finish().fault).toBeUndefined();
});
