// The byte scan of histories against JSON.parse: same ties, same turns, and prefixes that a moving cache marker leaves alone.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { opensTurn, scanPrefix, scanTies, type TieKind } from "./history-scan.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const ties = (body: unknown) => [...scanTies(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)))];
const said = (content: Json, role = "assistant") => ({ model: "m", messages: [{ role, content }] });

describe("ties", () => {
  test("signed thinking, and thinking that is hidden", () => {
    expect(ties(said([{ type: "thinking", thinking: "hm", signature: "EqQB" }]))).toEqual(["thinking"]);
    expect(ties(said([{ signature: "EqQB", thinking: "", type: "thinking" }]))).toEqual(["thinking"]);
    expect(ties(said([{ type: "redacted_thinking", data: "x" }]))).toEqual(["thinking"]);
    expect(ties(said([{ type: "thinking", thinking: "hm", signature: "" }]))).toEqual([]);
    expect(ties(said([{ type: "thinking", thinking: "hm" }]))).toEqual([]);
  });

  test("files, in a source, as an upload, in the result of a tool", () => {
    const file = { type: "document", source: { type: "file", file_id: "file_1" } };
    expect(ties(said([file], "user"))).toEqual(["file"]);
    expect(ties(said([{ type: "container_upload", file_id: "file_1" }], "user"))).toEqual(["file"]);
    expect(ties(said([{ type: "tool_result", tool_use_id: "t", content: [file] }], "user"))).toEqual(["file"]);
    expect(ties(said([{ type: "image", source: { type: "base64", data: "file_id" } }], "user"))).toEqual([]);
  });

  test("a container by its id, a thread that goes on, a sealed compaction", () => {
    expect(ties({ container: "container_1", messages: [] })).toEqual(["container"]);
    expect(ties({ container: { id: "container_1" }, messages: [] })).toEqual(["container"]);
    expect(ties({ container: { skills: [] }, messages: [] })).toEqual([]);
    expect(ties({ container: null, messages: [] })).toEqual([]);
    expect(ties({ container: "", messages: [] })).toEqual([]);
    expect(ties({ thread: { type: "continue", previous_message_id: "msg_1" } })).toEqual(["thread"]);
    expect(ties({ thread: { type: "create" } })).toEqual([]);
    expect(ties(said([{ type: "compaction", encrypted_content: "x" }]))).toEqual(["compaction"]);
    expect(ties(said([{ type: "compaction", content: "plain" }]))).toEqual([]);
    expect(ties(said([{ type: "web_search_tool_result", encrypted_content: "x" }]))).toEqual([]);
  });

  test("names that only begin or end like those looked for are others", () => {
    expect(ties(said([{ type: "thinking", signatures: "s", "a signature": "s" }]))).toEqual([]);
    expect(ties(said([{ type: "document", file_ids: "f", source: { file_id2: "f" } }]))).toEqual([]);
    expect(ties({ containers: "c", thread2: { type: "continue" }, messages2: [] })).toEqual([]);
  });

  test("each kind once, all of them", () => {
    const thinking = { type: "thinking", thinking: "", signature: "s" };
    const file = { type: "container_upload", file_id: "f" };
    const all = { ...said([thinking, file, thinking, file]), container: "c", thread: { type: "continue" } };
    expect(ties(all)).toEqual(["thinking", "file", "container", "thread"]);
  });

  test("what a text says, a tool takes or a schema describes ties nothing", () => {
    const talk = '{"type":"thinking","signature":"s"},{"file_id":"f"} "container":"c" "thread":{"type":"continue"}';
    expect(ties(said(talk))).toEqual([]);
    expect(ties(said([{ type: "text", text: talk }]))).toEqual([]);
    const input = {
      type: "thinking",
      signature: "s",
      file_id: "f",
      source: { file_id: "f" },
      content: [{ file_id: "f" }],
    };
    expect(ties(said([{ type: "tool_use", id: "t", name: "n", input }]))).toEqual([]);
    const input_schema = { properties: { signature: { type: "string" }, file_id: "f", container: "c" } };
    expect(
      ties({ ...said("hi"), tools: [{ name: "n", input_schema }], metadata: { container: "c", file_id: "f" } }),
    ).toEqual([]);
    expect(
      ties(
        said([
          { type: "text", text: 'ends with \\"signature' },
          { type: "thinking", thinking: '"signature":"s"' },
        ]),
      ),
    ).toEqual([]);
  });

  test("a broken body has what came before the break, and never throws", () => {
    const whole = JSON.stringify({ ...said([{ type: "thinking", thinking: "", signature: "s" }]), container: "c" });
    expect(ties(whole.slice(0, -5))).toEqual(["thinking"]);
    for (let cut = 0; cut <= whole.length; cut++) {
      const found = ties(whole.slice(0, cut));
      expect(["thinking", "container"].slice(0, found.length)).toEqual(found);
    }
    for (const junk of [
      "",
      " ",
      "[]",
      "null",
      '"',
      "{",
      '{"messages":',
      '{"messages":[{]}',
      '{"messages":[1,,2]}',
      "\u{feff}{}",
    ]) {
      expect(ties(junk)).toEqual([]);
      expect(opensTurn(Buffer.from(junk))).toBe(false);
      expect(scanPrefix(Buffer.from(junk), 9).firstTurn).toEqual([]);
    }
  });

  test("agrees with a look at the parsed body, for all bodies", () => {
    fc.assert(
      fc.property(request, fc.constantFrom(undefined, 1, "\t"), (body, space) => {
        expect(new Set(ties(JSON.stringify(body, null, space)))).toEqual(parsedTies(body));
      }),
      { numRuns: 500 },
    );
  });
});

/** The same by way of a parse. */
function parsedTies(body: { [key: string]: Json }): Set<TieKind> {
  const found = new Set<TieKind>();
  const object = (raw: Json | undefined): { [key: string]: Json } =>
    typeof raw === "object" && raw !== null && !Array.isArray(raw) ? raw : {};
  const list = (raw: Json | undefined): Json[] => (Array.isArray(raw) ? raw : []);
  const full = (raw: Json | undefined) => typeof raw === "string" && raw !== "";
  const look = (raw: Json, depth: number) => {
    const block = object(raw);
    const { type, signature, file_id, source, content, encrypted_content } = block;
    if (type === "redacted_thinking" || (type === "thinking" && full(signature))) found.add("thinking");
    if (type === "compaction" && (full(signature) || full(encrypted_content))) found.add("compaction");
    if (full(file_id) || full(object(source)["file_id"])) found.add("file");
    if (depth < 4) for (const inner of list(content)) look(inner, depth + 1);
  };
  for (const message of list(body["messages"])) for (const block of list(object(message)["content"])) look(block, 1);
  if (full(body["container"]) || full(object(body["container"])["id"])) found.add("container");
  if (object(body["thread"])["type"] === "continue") found.add("thread");
  return found;
}

const mark = fc.constantFrom<Json>(
  "",
  "s",
  "file_1",
  "thinking",
  "continue",
  null,
  3,
  '"signature":"s"',
  '\\"signature',
  '"type":"thinking","signature":"x"',
  "a\n\u{1f600}\\",
);
const types = fc.constantFrom(
  "text",
  "thinking",
  "redacted_thinking",
  "tool_use",
  "tool_result",
  "compaction",
  "document",
);
const { request } = fc.letrec<{ request: { [key: string]: Json }; block: Json; any: Json }>((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, mark, fc.array(tie("block"), { maxLength: 2 }), tie("block")),
  block: fc.oneof(
    { maxDepth: 3 },
    mark,
    fc.record(
      {
        type: types,
        signature: tie("any"),
        text: mark,
        file_id: mark,
        source: fc.oneof(mark, fc.record({ file_id: mark, type: mark })),
        content: tie("any"),
        encrypted_content: mark,
        input: tie("any"),
      },
      { requiredKeys: [] },
    ),
  ),
  request: fc.record(
    {
      system: tie("any"),
      messages: fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: tie("any") }), {
        maxLength: 3,
      }),
      tools: fc.array(tie("block"), { maxLength: 2 }),
      container: fc.oneof(mark, fc.record({ id: mark, skills: mark }, { requiredKeys: [] })),
      thread: fc.oneof(mark, fc.record({ type: fc.constantFrom("continue", "create") })),
    },
    { requiredKeys: [] },
  ),
})) as unknown as { request: fc.Arbitrary<{ [key: string]: Json }> };

describe("the stable prefix", () => {
  const pieces = (body: unknown, most = 99) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const { system, tools, firstTurn } = scanPrefix(bytes, most);
    const texts = (spans: typeof system) => spans.map(([from, to]) => bytes.toString("utf8", from, to));
    return { system: texts(system), tools: texts(tools), firstTurn: texts(firstTurn) };
  };
  const marker = { cache_control: { type: "ephemeral" } };

  test("is the values of system, tools and the messages up to the first of the user", () => {
    const found = pieces({
      messages: [
        { role: "system", content: "remember" },
        {
          role: "user",
          content: [
            { type: "text", text: "hi" },
            { type: "image", source: { data: "AA" } },
          ],
        },
        { role: "assistant", content: "hello" },
        { role: "user", content: "more" },
      ],
      tools: [{ name: "Bash", description: "runs", ...marker }],
      system: [{ type: "text", text: "be kind" }],
    });
    expect(found.system).toEqual(["be kind"]);
    expect(found.tools).toEqual(["Bash", "runs"]);
    expect(found.firstTurn).toEqual(["remember", "hi", '{"data":"AA"}']);
  });

  test("is the same when a cache marker moves and a text becomes a block for it", () => {
    const later = [
      { role: "assistant", content: "a" },
      { role: "user", content: "b" },
    ];
    const plain = pieces({
      system: "s",
      tools: [{ name: "n" }],
      messages: [{ role: "user", content: "hi" }, ...later],
    });
    const marked = pieces({
      system: [{ type: "text", text: "s", ...marker }],
      tools: [{ ...marker, name: "n" }],
      messages: [{ content: [{ type: "text", text: "hi", ...marker }], role: "user" }],
    });
    expect(marked).toEqual(plain);
  });

  test("is bounded in number", () => {
    const tools = Array.from({ length: 50 }, (_, i) => ({ name: `n${i}`, description: "d" }));
    expect(pieces({ tools, messages: [] }, 7).tools).toHaveLength(7);
  });
});

describe("a turn opens", () => {
  const opens = (...messages: Json[]) => opensTurn(Buffer.from(JSON.stringify({ model: "m", messages, tools: [] })));
  const result: Json = {
    role: "user",
    content: [
      { type: "text", text: "t" },
      { type: "tool_result", content: "x" },
    ],
  };

  test("with a last message of the user, not with a tool's result", () => {
    expect(opens({ role: "user", content: "hi" })).toBe(true);
    expect(opens({ role: "user", content: [{ type: "text", text: '"type":"tool_result"' }] })).toBe(true);
    expect(opens({ role: "user", content: "hi" }, { role: "assistant", content: "x" }, result)).toBe(false);
    expect(opens(result, { role: "assistant", content: "x" }, { role: "user", content: "and now" })).toBe(true);
    expect(opens({ role: "user", content: "hi" }, { role: "assistant", content: "x" })).toBe(false);
    expect(opens()).toBe(false);
  });

  test("a reminder of the system behind it changes nothing", () => {
    expect(opens({ role: "user", content: "hi" }, { role: "system", content: "note" })).toBe(true);
    expect(opens(result, { role: "system", content: "note" })).toBe(false);
  });
});
