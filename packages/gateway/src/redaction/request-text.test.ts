// Which texts of a request are read, and what is refused.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEPTH, requestText } from "./request-text.ts";
import { pathsOf } from "./text-paths.ts";

/** The texts that are read, with their parts. */
function textsOf(body: unknown): string[] {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const found = requestText(bytes);
  if ("reason" in found) return [`fault: ${found.reason}`];
  return Array.from(
    { length: found.length },
    (_, i) => `${found.part(i)} ${bytes.toString("utf8", found.start(i), found.end(i))}`,
  );
}

describe("texts of a request", () => {
  test("keys and types count however they are escaped", () => {
    const escaped = (name: string) =>
      [...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
    const document = { type: "document", source: { type: "text", media_type: "no", data: "d" } };
    const picture = { type: "image", source: { type: "base64", data: "no" } };
    const tool = { type: "tool_use", name: "no", input: { a: "i" } };
    const content = [{ type: "text", text: "m" }, document, picture, tool, { type: "thinking", thinking: "no" }];
    const plain = JSON.stringify({
      system: "s",
      messages: [{ role: "no", content }],
      compaction: { instructions: "c" },
      requests: [{ params: { messages: [{ content: "b" }] } }],
    });
    const wanted = ["system s", "messages m", "messages d", "tool_inputs a", "tool_inputs i", "system c", "messages b"];
    expect(textsOf(plain)).toEqual(wanted);
    for (const write of [escaped, (name: string) => `${escaped(name.slice(0, 1))}${name.slice(1)}`, upToLast]) {
      const keys = plain.replace(/"(\w+)":/g, (whole, name: string) => (name === "a" ? whole : `"${write(name)}":`));
      expect(textsOf(keys)).toEqual(wanted);
      const types = plain.replace(/"type":"(\w+)"/g, (_, name: string) => `"type":"${write(name)}"`);
      expect(textsOf(types)).toEqual(wanted);
    }
    function upToLast(name: string): string {
      return `${name.slice(0, -1)}${escaped(name.slice(-1))}`;
    }
  });

  test("what is said to who sums a conversation up", () => {
    const edits = [{ type: "no", trigger: { value: 100_000_000 }, instructions: "i1" }];
    expect(textsOf({ context_management: { edits }, compaction: { type: "no", instructions: "i2" } })).toEqual([
      "system i1",
      "system i2",
    ]);
  });

  test("the parts of a messages request, in any order of members", () => {
    const body = {
      model: "no",
      metadata: { user_id: "no" },
      stop_sequences: ["no"],
      mcp_servers: [{ authorization_token: "no" }],
      system: [{ text: "s1", type: "text", cache_control: { type: "no", ttl: "no" } }],
      tools: [
        {
          name: "no",
          description: "t1",
          input_schema: { properties: { a: { description: "t2", enum: ["no"], default: "no" } } },
        },
      ],
      messages: [
        { content: "m1", role: "no" },
        {
          role: "no",
          content: [{ text: "m2", type: "text", citations: [{ cited_text: "m3", url: "no", type: "char_location" }] }],
        },
        {
          role: "no",
          content: [
            { thinking: "no", signature: "no", type: "thinking" },
            { data: "no", type: "redacted_thinking" },
          ],
        },
        {
          role: "no",
          content: [
            { id: "no", input: { a: ["i1", { data: "i2", type: "i3" }], model: "i4" }, name: "no", type: "tool_use" },
          ],
        },
        {
          role: "no",
          content: [
            { content: "r1", tool_use_id: "no", type: "tool_result" },
            { content: [{ text: "r2", type: "text" }], type: "tool_result" },
          ],
        },
        {
          role: "no",
          content: [
            { source: { data: "no", media_type: "no", type: "base64" }, type: "image" },
            { source: { url: "no", type: "url" }, type: "image" },
          ],
        },
        {
          role: "no",
          content: [
            { title: "m4", context: "m5", source: { data: "m6", media_type: "no", type: "text" }, type: "document" },
            { source: { type: "base64", data: "no" }, type: "document" },
          ],
        },
        {
          role: "no",
          content: [{ type: "document", source: { type: "content", content: [{ type: "text", text: "m7" }] } }],
        },
        {
          role: "no",
          content: [
            {
              type: "web_search_tool_result",
              content: [{ type: "web_search_result", title: "no", encrypted_content: "no" }],
            },
          ],
        },
        {
          role: "no",
          content: [{ type: "search_result", source: "no", title: "m8", content: [{ type: "text", text: "r3" }] }],
        },
        {
          role: "no",
          content: [
            { type: "image_url", image_url: { url: "no" } },
            { type: "new_kind", something: { deep: "m9" } },
          ],
        },
      ],
    };
    const wanted = [
      "system s1",
      "system t1",
      "system t2",
      "messages m1",
      "messages m2",
      "messages m3",
      "tool_inputs a",
      "tool_inputs i1",
      "tool_inputs data",
      "tool_inputs i2",
      "tool_inputs type",
      "tool_inputs i3",
      "tool_inputs model",
      "tool_inputs i4",
      "tool_results r1",
      "tool_results r2",
      "messages m4",
      "messages m5",
      "messages m6",
      "messages m7",
      "messages m8",
      "tool_results r3",
      "messages m9",
    ];
    expect(textsOf(body)).toEqual(wanted);
    // Members the other way round, at every level.
    const turned = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turned)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, one]) => [key, turned(one)]),
            )
          : value;
    expect(textsOf(turned(body)).sort()).toEqual([...wanted].sort());
  });

  test("prompts, chats with calls, and batches", () => {
    expect(textsOf({ model: "no", prompt: "p" })).toEqual(["messages p"]);
    const call = { id: "no", type: "function", function: { name: "no", arguments: "a" } };
    expect(
      textsOf({
        messages: [
          { role: "no", name: "no", tool_calls: [call], content: null },
          { role: "tool", tool_call_id: "no", content: "m" },
        ],
      }),
    ).toEqual(["tool_inputs a", "messages m"]);
    expect(
      textsOf({
        requests: [{ custom_id: "no", params: { model: "no", system: "s", messages: [{ role: "no", content: "m" }] } }],
      }),
    ).toEqual(["system s", "messages m"]);
  });

  test.each([
    "",
    "{",
    '{"a"',
    '{"a":}',
    '{"a":1,}',
    "[1 2]",
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\n"}',
    '{"a":01}',
    '{"a":tru}',
    "{} {}",
    '{"a":1]',
    "{a:1}",
    '"a',
    "\u0001",
  ])("what is no JSON is told: %j", (text) => expect(textsOf(text)[0]).toMatch(/^fault: /));

  test("depth is bounded", () => {
    const deep = (levels: number) => `{"messages":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(textsOf(deep(DEPTH - 1))).toEqual([]);
    expect(textsOf(deep(DEPTH))[0]).toContain("nested deeper");
  });

  test("it takes what JSON.parse takes, and refuses what that refuses", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(200),
        fc.constantFrom("", "{", "}", ",", '"', "\\", "0", "[", "e"),
        (text, at, extra) => {
          const place = at % (text.length + 1);
          const changed = text.slice(0, place) + extra + text.slice(place);
          let good = true;
          try {
            JSON.parse(changed);
          } catch {
            good = false;
          }
          expect("reason" in requestText(Buffer.from(changed))).toBe(!good);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("paths name where offsets stand", () => {
    const body = Buffer.from('{"a":{"b":["x",{"c d":"y"}]},"e":"z"}');
    const at = ["x", "y", "z"].map((one) => body.indexOf(`"${one}"`) + 1);
    expect(pathsOf(body, at)).toEqual(["a.b[0]", "a.b[1].(key)", "e"]);
  });

  test("a path never holds a key that is what was found", () => {
    const body = Buffer.from('{"input":{"anna@nordwind-handel.de":"x","13912345678":["y"]}}');
    const at = [body.indexOf("anna"), body.indexOf("x"), body.indexOf("139"), body.indexOf("y")];
    expect(pathsOf(body, at)).toEqual(["input.(key)", "input.(key)", "input.(key)", "input.(key)[0]"]);
  });
});
