// Values put back into streams: any cut of the bytes, any cut of a placeholder, the right escapes, nothing else touched.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Placeholders } from "./placeholder.ts";
import { RestoredStream } from "./restored-stream.ts";
import { Restorer } from "./restorer.ts";

const VALUE = 'anna "a" <ä🚀>\n@nordwind.de';
const placeholders = new Placeholders("key");
const MAIL = placeholders.of("email", VALUE);
const KEY = placeholders.of("secret", "s3cr3t\\x");
const restorer = () => new Restorer([...placeholders.values]);

const frame = (event: { type: string }) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const start = (index: number, block: object) =>
  frame({ type: "content_block_start", index, content_block: block } as never);
const delta = (index: number, one: object) => frame({ type: "content_block_delta", index, delta: one } as never);
const stop = (index: number) => frame({ type: "content_block_stop", index } as never);
const END =
  frame({ type: "message_delta", delta: { stop_reason: "end_turn" } } as never) + frame({ type: "message_stop" });

/** Runs a stream through in pieces of the given sizes. */
function run(text: string, sizes: readonly number[] = []): string {
  const stream = new RestoredStream(restorer());
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % Math.max(1, sizes.length)] ?? bytes.length);
    out.push(stream.push(bytes.subarray(at, at + size)));
    at += size;
  }
  out.push(stream.rest());
  return Buffer.concat(out).toString();
}

/** The texts of a stream by block, as a client puts them together. */
function texts(stream: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of stream.split("\n")) {
    if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
    const event = JSON.parse(line.slice(6));
    const { delta: one, index } = event;
    if (event.type === "content_block_delta") {
      found[index] = (found[index] ?? "") + (one.text ?? one.partial_json ?? one.thinking ?? "");
    }
    for (const choice of event.choices ?? []) {
      found[`c${choice.index}`] = (found[`c${choice.index}`] ?? "") + (choice.delta?.content ?? "");
      for (const call of choice.delta?.tool_calls ?? []) {
        found[`t${call.index}`] = (found[`t${call.index}`] ?? "") + call.function.arguments;
      }
    }
  }
  return found;
}

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((one) => one % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length)).filter((one) => one !== "");
}

describe("restored stream", () => {
  test("a placeholder in one delta", () => {
    expect(texts(run(delta(0, { type: "text_delta", text: `to ${MAIL}.` }) + stop(0)))).toEqual({ 0: `to ${VALUE}.` });
  });

  test("any cut of deltas and of bytes gives the same text, and blocks do not run into each other", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(MAIL, KEY, MAIL.slice(0, 7), "[", "]", "[[", "text ä🚀", '"\\', "\n"), {
          maxLength: 12,
        }),
        fc.array(fc.nat(400), { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 10 }),
        fc.boolean(),
        (pieces, places, sizes, json) => {
          const said = json ? JSON.stringify(pieces.join("")) : pieces.join("");
          const type = json ? "input_json_delta" : "text_delta";
          const key = json ? "partial_json" : "text";
          const stream =
            cut(said, places)
              .map((one) => delta(0, { type, [key]: one }))
              .join("") + stop(0);
          const other = delta(1, { type: "text_delta", text: `${MAIL.slice(3)} after` }) + stop(1);
          const wanted = pieces.join("").replaceAll(MAIL, VALUE).replaceAll(KEY, "s3cr3t\\x");
          const got = texts(run(stream + other + END, sizes));
          expect(json ? JSON.parse(got[0] ?? '""') : (got[0] ?? "")).toBe(wanted);
          expect(got[1]).toBe(`${MAIL.slice(3)} after`);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("what is held back is never more than a placeholder, and goes out at the end of its block", () => {
    const stream = new RestoredStream(restorer());
    const held = stream.push(Buffer.from(delta(0, { type: "text_delta", text: `yes ${MAIL.slice(0, 9)}` }))).toString();
    expect(texts(held)).toEqual({ 0: "yes " });
    expect(texts(stream.push(Buffer.from(stop(0))).toString())).toEqual({ 0: MAIL.slice(0, 9) });
    expect(stream.rest()).toHaveLength(0);
  });

  test("a stream that breaks gives what it held", () => {
    const text = delta(0, { type: "text_delta", text: `yes ${MAIL.slice(0, 9)}` });
    expect(texts(run(text))).toEqual({ 0: `yes ${MAIL.slice(0, 9)}` });
    expect(texts(run(text + frame({ type: "error" })))).toEqual({ 0: `yes ${MAIL.slice(0, 9)}` });
  });

  test("thinking, results of the provider's tools, and placeholders that are not ours stay", () => {
    const stream =
      start(0, { type: "thinking", thinking: "", signature: "" }) +
      delta(0, { type: "thinking_delta", thinking: MAIL }) +
      delta(0, { type: "signature_delta", signature: MAIL }) +
      stop(0) +
      start(1, { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [{ title: MAIL }] }) +
      stop(1) +
      delta(2, { type: "text_delta", text: "[EMAIL_aaaaaaaaaa] [1] [x](y)" }) +
      END;
    expect(run(stream, [7])).toBe(stream);
  });

  test("a stream without placeholders keeps its chunks as they are", () => {
    const stream = new RestoredStream(restorer());
    const chunk = Buffer.from(delta(0, { type: "text_delta", text: "list[0] = 1" }));
    expect(stream.push(chunk)).toBe(chunk);
  });

  test("escapes beside a placeholder keep their form", () => {
    const text = `event: content_block_delta\r\ndata: {"type":"content_block_delta", "index":0,"delta":{"type":"text_delta","text":"\\u00e4\\/ ${MAIL} \\u4f60"}}\r\n\r\n`;
    expect(run(text)).toBe(text.replace(MAIL, JSON.stringify(VALUE).slice(1, -1)));
  });

  test("a block that begins with text is begun, whatever that is", () => {
    const stream = start(0, { type: "text", text: "[EM" }) + delta(0, { type: "text_delta", text: "x" }) + stop(0);
    expect(run(stream, [5])).toBe(stream);
    const whole = start(0, { type: "text", text: MAIL });
    expect(run(whole)).toBe(whole.replace(MAIL, JSON.stringify(VALUE).slice(1, -1)));
  });

  test("citations and complete blocks", () => {
    const text = delta(0, { type: "citations_delta", citation: { type: "char_location", cited_text: `by ${MAIL}` } });
    expect(run(text)).toBe(text.replace(MAIL, JSON.stringify(VALUE).slice(1, -1)));
    const block = start(0, { type: "tool_use", id: "toolu_1", name: "f", input: { to: [MAIL] } });
    expect(run(block)).toBe(block.replace(MAIL, JSON.stringify(VALUE).slice(1, -1)));
  });

  test("chat completions: content and arguments of several calls, cut anywhere", () => {
    const chunk = (one: object, finish: string | null = null) =>
      `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: one, finish_reason: finish }] })}\n\n`;
    const call = (index: number, text: string) => chunk({ tool_calls: [{ index, function: { arguments: text } }] });
    const json = JSON.stringify({ to: MAIL });
    for (let at = 0; at < json.length; at++) {
      const stream =
        chunk({ role: "assistant", content: `a ${MAIL.slice(0, 5)}` }) +
        chunk({ content: `${MAIL.slice(5)} b [EM` }) +
        call(0, json.slice(0, at)) +
        call(1, `"${KEY}"`) +
        call(0, json.slice(at)) +
        chunk({}, "tool_calls") +
        "data: [DONE]\n\n";
      const got = texts(run(stream, [at + 1]));
      expect(got.c0).toBe(`a ${VALUE} b [EM`);
      expect(JSON.parse(got.t0 ?? "")).toEqual({ to: VALUE });
      expect(JSON.parse(got.t1 ?? "")).toBe("s3cr3t\\x");
    }
  });

  test("chat completions: what a chunk says besides its text goes out once, whatever is held back", () => {
    const chunk = (one: object, more: object = {}) =>
      `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: one, finish_reason: null }], ...more })}\n\n`;
    const begun = { index: 0, id: "call_1", type: "function", function: { name: "mail", arguments: MAIL.slice(0, 7) } };
    for (const rest of [MAIL.slice(7), ""]) {
      const out = run(
        chunk({ role: "assistant", content: MAIL.slice(0, 7) }, { usage: { prompt_tokens: 3 } }) +
          (rest === "" ? "" : chunk({ content: rest })) +
          chunk({ tool_calls: [begun] }) +
          (rest === "" ? "" : chunk({ tool_calls: [{ index: 0, function: { arguments: rest } }] })) +
          "data: [DONE]\n\n",
      );
      for (const once of ["assistant", "call_1", '"mail"', "prompt_tokens"]) expect(out.split(once)).toHaveLength(2);
      const got = texts(out);
      expect(got.c0).toBe(rest === "" ? MAIL.slice(0, 7) : VALUE);
      expect(got.t0).toBe(rest === "" ? MAIL.slice(0, 7) : JSON.stringify(VALUE).slice(1, -1));
    }
  });

  test("chat completions: arguments in the older form", () => {
    const chunk = (args: string) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { function_call: { arguments: args } } }] })}\n\n`;
    const out = run(`${chunk(`{"to":"${MAIL.slice(0, 9)}`)}${chunk(`${MAIL.slice(9)}"}`)}data: [DONE]\n\n`);
    const told = [...out.matchAll(/data: (\{.*)/g)].map(
      ([, data]) => JSON.parse(data ?? "").choices[0].delta.function_call.arguments,
    );
    expect(JSON.parse(told.join(""))).toEqual({ to: VALUE });
  });

  test("text completions", () => {
    const event = (completion: string, stop_reason: string | null) =>
      `event: completion\ndata: ${JSON.stringify({ type: "completion", completion, stop_reason })}\n\n`;
    const out = run(
      event(`a ${MAIL.slice(0, 6)}`, null) + event(MAIL.slice(6), null) + event("[EMAIL_", "stop_sequence"),
    );
    const said = out
      .split("\n")
      .flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)).completion] : []));
    expect(said.join("")).toBe(`a ${VALUE}[EMAIL_`);
  });
});
