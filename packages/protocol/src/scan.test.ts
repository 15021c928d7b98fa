// The byte scan of requests against JSON.parse: same findings on what is valid, and what is not valid is told.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ScannedBody, scanBody, spliceModel } from "./scan.ts";

function scan(text: string): ScannedBody {
  const result = scanBody(Buffer.from(text));
  if (!result.ok) throw new Error(`${result.reason} at ${result.at}: ${text}`);
  return result;
}

type Json = null | boolean | number | string | Json[] | Member[];
/** An object as a list of members, so that keys may stand twice. */
interface Member {
  readonly key: string;
  readonly value: Json;
}
const isObject = (value: Json): value is Member[] =>
  Array.isArray(value) && typeof (value[0] as Member)?.key === "string";

const names = fc.constantFrom(
  "model",
  "stream",
  "max_tokens",
  "metadata",
  "user_id",
  "tools",
  "thread",
  "messages",
  "m\u00f6del",
  'a"b',
  "",
);
const scalar = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -0,
    1024,
    1e3,
    1.5e300,
    "claude-opus-5",
    'q"\\',
    "\\",
    '\\\\"',
    "a\nb",
    "\u{1f600}",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ maxLength: 60 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
const tree = fc.letrec<{ json: Json; member: Member }>((tie) => ({
  member: fc.record({ key: names, value: tie("json") }),
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.array(tie("member"), { minLength: 1, maxLength: 5 }),
  ),
}));
const topLevel = fc.array(tree.member, { maxLength: 8 });

/** Prints a tree with odd white space, escapes that need not be, and numbers in other forms, from a seed. */
function print(members: readonly Member[], seed: number): string {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const space = (): string => ["", "", "", " ", "\n", "\r\n\t", "  "][next(7)] ?? "";
  const string = (text: string): string => {
    let out = "";
    for (let i = 0; i < text.length; i++) {
      const unit = text[i] ?? "";
      const plain = JSON.stringify(unit).slice(1, -1);
      out +=
        next(6) === 0
          ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
          : unit === "/" && next(2) === 0
            ? "\\/"
            : plain;
    }
    return `"${out}"`;
  };
  const number = (value: number): string => {
    const text = JSON.stringify(value);
    const forms = [
      text,
      value.toExponential(),
      value.toExponential().replace("e", "E"),
      Object.is(value, -0) ? "-0" : text,
    ];
    return forms[next(4)] ?? text;
  };
  const value = (json: Json): string => {
    if (typeof json === "string") return string(json);
    if (typeof json === "number") return number(json);
    if (json === null || typeof json === "boolean") return String(json);
    return isObject(json)
      ? object(json)
      : `[${space()}${(json as Json[]).map((item) => space() + value(item) + space()).join(",")}]`;
  };
  const object = (list: readonly Member[]): string =>
    `{${space()}${list.map((m) => `${space()}${string(m.key)}${space()}:${space()}${value(m.value)}${space()}`).join(",")}}`;
  return space() + object(members) + space();
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)[key]
    : undefined;

function expected(text: string): Omit<ScannedBody, "ok" | "modelSpans"> {
  const parsed = JSON.parse(text) as Record<string, unknown>;
  const { model, stream, max_tokens: maxTokens, metadata, tools, thread } = parsed;
  const userId = fieldOf(metadata, "user_id");
  const wrong: string[] = [];
  if ("model" in parsed && typeof model !== "string") wrong.push("model");
  if ("stream" in parsed && typeof stream !== "boolean" && stream !== null) wrong.push("stream");
  if ("max_tokens" in parsed && typeof maxTokens !== "number") wrong.push("max_tokens");
  return {
    model: typeof model === "string" ? model : undefined,
    stream: stream === true,
    maxTokens: typeof maxTokens === "number" ? maxTokens : undefined,
    userId: typeof userId === "string" ? userId : undefined,
    hasTools: Array.isArray(tools) && tools.length > 0,
    hasThread: typeof thread === "object" && thread !== null && !Array.isArray(thread),
    wrong,
  };
}

describe("scanBody against JSON.parse", () => {
  test("finds the same in random bodies with duplicates, escapes, odd space and numbers", () => {
    fc.assert(
      fc.property(topLevel, fc.nat(), (members, seed) => {
        const text = Buffer.from(print(members, seed)).toString();
        const { ok, modelSpans, ...found } = scan(text);
        expect(ok).toBe(true);
        expect(found).toEqual(expected(text));
        const models = members.filter((m) => m.key === "model" && typeof m.value === "string");
        const bytes = Buffer.from(text);
        expect(modelSpans.map(([start, end]) => JSON.parse(bytes.toString("utf8", start, end)))).toEqual(
          models.map((m) => Buffer.from(String(m.value)).toString()),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test("refuses only what JSON.parse refuses, and takes all it takes", () => {
    fc.assert(
      fc.property(
        topLevel,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ \n\t\u0001tfn0-.e')), { minLength: 1, maxLength: 3 }),
        (members, seed, edits) => {
          let text = Buffer.from(print(members, seed)).toString();
          for (const [at, with_] of edits) {
            const i = at % text.length;
            text =
              at % 3 === 0 ? text.slice(0, i) + text.slice(i + 1) : text.slice(0, i) + with_ + text.slice(i + (at % 2));
          }
          let parsed: unknown;
          try {
            parsed = JSON.parse(text);
          } catch {
            return; // the scan may be milder inside nested values
          }
          const isBody = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
          const result = scanBody(Buffer.from(text));
          expect(result.ok).toBe(isBody);
          if (result.ok) {
            const { ok: _, modelSpans: __, ...found } = result;
            expect(found).toEqual(expected(text));
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  test("spliceModel changes the model and nothing else", () => {
    fc.assert(
      fc.property(topLevel, fc.nat(), fc.string({ unit: "grapheme" }), (members, seed, model) => {
        const body = Buffer.from(print(members, seed));
        const result = scanBody(body);
        if (!result.ok) throw new Error(result.reason);
        const spliced = spliceModel(body, result, model);
        const name = JSON.parse(JSON.stringify(model)) as string;
        const before = JSON.parse(body.toString()) as Record<string, unknown>;
        const after = JSON.parse(spliced.toString()) as Record<string, unknown>;
        if (typeof before.model === "string") before.model = Buffer.from(name).toString();
        expect(after).toEqual(before);
        // Byte for byte: with every span cut out, both are the same.
        const again = scanBody(spliced);
        if (!again.ok) throw new Error(again.reason);
        const without = (bytes: Buffer, spans: ScannedBody["modelSpans"]): string => {
          let done = 0;
          let out = "";
          for (const [start, end] of spans) {
            out += `${bytes.toString("latin1", done, start)}#`;
            done = end;
          }
          return out + bytes.toString("latin1", done);
        };
        expect(without(spliced, again.modelSpans)).toBe(without(body, result.modelSpans));
        if (result.modelSpans.length === 0) expect(spliced).toBe(body);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("scanBody by example", () => {
  test("reads a usual body", () => {
    const text =
      '{"model":"claude-opus-5-5","max_tokens":1024,"stream":true,"metadata":{"user_id":"u\\u00e9"},"tools":[{"model":"no"}],"messages":[]}';
    expect(scan(text)).toEqual({
      ok: true,
      model: "claude-opus-5-5",
      modelSpans: [[9, 26]],
      stream: true,
      maxTokens: 1024,
      userId: "u\u00e9",
      hasTools: true,
      hasThread: false,
      wrong: [],
    });
  });

  test("sees escaped keys, the last of duplicates, and no nested name", () => {
    const found = scan(
      '{"mod\\u0065l":"a","x":{"model":"n","stream":true},"model":"b","max_tokens":1E+2,"m\\u0061x_tokens":-0}',
    );
    expect(found.model).toBe("b");
    expect(found.modelSpans).toHaveLength(2);
    expect(found.stream).toBe(false);
    expect(found.maxTokens).toBe(-0);
    expect(scan('{"model":"a","model":3}')).toMatchObject({
      model: undefined,
      wrong: ["model"],
      modelSpans: [[9, 12]],
    });
    expect(scan('{"model":3,"model":"a"}')).toMatchObject({ model: "a", wrong: [] });
    expect(scan('{"metadata":{"user_id":"a"},"metadata":{}}').userId).toBeUndefined();
  });

  test("takes a byte order mark and broken UTF-8 inside strings", () => {
    expect(scan('\ufeff {"model":"m"} ').modelSpans).toEqual([[13, 16]]);
    expect(scanBody(Buffer.from([...Buffer.from('{"x":"'), 0xff, 0xc3, ...Buffer.from('"}')])).ok).toBe(true);
  });

  test.each([
    ["", 0],
    ["null", 0],
    ["[]", 0],
    ['"x"', 0],
    ["{", 1],
    ['{"a"', 4],
    ['{"a":', 5],
    ['{"a":1', 6],
    ['{"a":1,', 7],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{"a":1 "b":2}', 7],
    ["{a:1}", 1],
    ['{"a":01}', 5],
    ['{"a":1.}', 5],
    ['{"a":+1}', 5],
    ['{"a":tru}', 5],
    ['{"a":NaN}', 5],
    ['{"a":"x}', 5],
    ['{"a":"x\\"}', 5],
    ['{"a\\":1}', 1],
    ['{"a":[1}}', 7],
    ['{"a":{"b":[}]}}', 11],
    ['{"a":[}', 6],
    ['{"a":[[]', 5],
    ['{"a":["x]}', 5],
    ["{}x", 2],
    ["{} {}", 3],
    ["{}}", 2],
    ['{"a":"\n"}', 5],
    ['{"a\t":1}', 3],
    ['{"mod\\u00zz":1}', 1],
    ['{"model":"\\x"}', 9],
    ['{"metadata":{"user_id" "x"}}', 23],
    ['{"metadata":{"a":1 "b":2}}', 19],
    ['{"metadata":{"a" 1} x', 17],
    ['{"metadata":{"a":"\u0001"}}', 17],
    ['{"metadata":{"user_id":"\\q"}}', 23],
    [`{"a":"${"long ".repeat(40)}\u0000${"long ".repeat(40)}"}`, 5],
  ])("refuses %s", (text, at) => {
    expect(scanBody(Buffer.from(text))).toMatchObject({ ok: false, at });
    expect(() => {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Error("no object");
    }).toThrow();
  });

  test("depth does not recurse, and brackets are still matched a million deep", () => {
    const deep = 1_000_000;
    expect(scan(`{"a":${"[".repeat(deep)}${"]".repeat(deep)},"model":"m"}`).model).toBe("m");
    expect(scan(`{"a":${'[{"b":'.repeat(1000)}1${"}]".repeat(1000)}}`).ok).toBe(true);
    for (const depth of [1, 29, 30, 31, 60, 61, 1000]) {
      const open = '{"b":['.repeat(depth);
      expect(scanBody(Buffer.from(`{"a":${open}${"]}".repeat(depth)}}`)).ok).toBe(true);
      expect(scanBody(Buffer.from(`{"a":${open}${"]}".repeat(depth - 1)}}]}`)).ok).toBe(false);
    }
  });

  test("32 MB and long runs of backslashes and quotes stay linear", () => {
    const slashes = `{"a":"${"\\".repeat(2_000_000)}","b":"${'\\"'.repeat(1_000_000)}","model":"m"}`;
    expect(scan(slashes).model).toBe("m");
    const body = Buffer.alloc(32 * 1024 * 1024, 0x78);
    const head = Buffer.from('{"messages":[{"role":"user","content":"');
    const tail = Buffer.from('"}],"model":"m"}');
    head.copy(body);
    tail.copy(body, body.length - tail.length);
    expect(scanBody(body)).toMatchObject({ ok: true, model: "m" });
  });
});
