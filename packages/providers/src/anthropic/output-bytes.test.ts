// Content in delta events is counted to the byte, whatever the block.

import { printFrame } from "@fairlead/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ClaudeReader } from "./claude-reader.ts";

const frame = (event: object & { type: string }) => Buffer.from(printFrame(event.type, JSON.stringify(event)));
const start = (index: number) =>
  frame({ type: "content_block_start", index, content_block: { type: "text", text: "" } } as never);
const delta = (index: number, delta: object) => frame({ type: "content_block_delta", index, delta } as never);

test("text, thinking and tool input count, signatures and citations do not", () => {
  const reader = new ClaudeReader("one", false);
  const text = fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 8 });
  let expected = 0;
  const blocks = fc.sample(fc.tuple(fc.constantFrom("text", "thinking", "partial_json"), text), 40);
  for (const [index, [field, pieces]] of blocks.entries()) {
    reader.push(start(index));
    for (const one of pieces) {
      const type = field === "partial_json" ? "input_json_delta" : `${field}_delta`;
      reader.push(delta(index, { type, [field]: one }));
      // As it stands in the event: quotes and line ends have their backslash.
      expected += Buffer.byteLength(JSON.stringify(one)) - 2;
    }
    if (field === "thinking") reader.push(delta(index, { type: "signature_delta", signature: "x".repeat(400) }));
    if (field === "text") reader.push(delta(index, { type: "citations_delta", citation: { text: "not output" } }));
  }
  expect(reader.output.bytes).toBe(expected);
  expect(reader.output.told).toBeUndefined();
});

test("other orders of the fields and fields behind the text are read too", () => {
  const reader = new ClaudeReader("one", false);
  reader.push(start(0));
  reader.push(delta(0, { text: "four", type: "text_delta" }));
  reader.push(delta(0, { type: "thinking_delta", thinking: "abc", estimated_tokens: 12 }));
  reader.push(delta(0, { type: "thinking_delta", thinking: "defg", estimated_tokens: 1 }));
  reader.push(delta(0, { type: "later_delta", thing: "abc" }));
  expect(reader.output.bytes).toBe(11);
});

test("what the upstream told is known with the bytes that it was told at; message_start tells no output", () => {
  const reader = new ClaudeReader("one", false);
  reader.push(frame({ type: "message_start", message: { usage: { input_tokens: 5, output_tokens: 8 } } } as never));
  expect(reader.output.told).toBeUndefined();
  reader.push(start(0));
  reader.push(delta(0, { type: "text_delta", text: "12345678" }));
  reader.push(frame({ type: "message_delta", delta: {}, usage: { input_tokens: 6 } } as never));
  expect(reader.output.told).toBeUndefined();
  reader.push(frame({ type: "message_delta", delta: {}, usage: { output_tokens: 2 } } as never));
  reader.push(start(1));
  reader.push(delta(1, { type: "text_delta", text: "1234" }));
  expect(reader.output).toMatchObject({ bytes: 12, told: 2, toldAt: 8 });
});
