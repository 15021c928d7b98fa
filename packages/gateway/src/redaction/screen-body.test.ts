// A body after screening: only what was found is another, whatever is around it and however it is written.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STANDARD_KINDS } from "./kinds.ts";
import { PARTS } from "./request-text.ts";
import { restoredJson } from "./restored-json.ts";
import { Restorer } from "./restorer.ts";
import { type ScreenPolicy, screenBody } from "./screen-body.ts";
import { TextScan } from "./text-scan.ts";

const MAIL = "anna.berg@nordwind-handel.de";
const policy: ScreenPolicy = { id: "p", mode: "mask", kinds: STANDARD_KINDS, patterns: [], scope: PARTS, key: "key" };
const scan = new TextScan(STANDARD_KINDS);
const screen = (body: string, more: Partial<ScreenPolicy> = {}) =>
  screenBody(Buffer.from(body), { ...policy, ...more }, scan);
const said = (literal: string) => `{"model":"m","messages":[{"role":"user","content":"${literal}"}]}`;

/** A text as JSON writes it, each character plain or escaped as the choices say. */
function written(text: string, choices: readonly number[]): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    const choice = choices[i % choices.length] ?? 0;
    const must = char === '"' || char === "\\" || char < " ";
    if (choice === 1 || (must && choice !== 2)) out += `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
    else if (must) out += JSON.stringify(char).slice(1, -1);
    else out += char === "/" && choice === 2 ? "\\/" : char;
  }
  return out;
}

describe("screened bodies", () => {
  test("a value is found however its characters are escaped, and nothing beside it changes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom("a", " ", "é", "你", "🚀", '"', "\\", "\n", "/"), maxLength: 12 }),
        fc.string({ unit: fc.constantFrom("b", " ", "ü", "好", "🚀", '"', "\\", "\t"), maxLength: 12 }),
        fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 1, maxLength: 30 }),
        async (before, after, choices) => {
          // A surrogate pair is escaped whole or not at all.
          const safe = (text: string) =>
            [...text].map((char) => (char.length === 2 ? char : written(char, choices))).join("");
          const literal = `${safe(`${before} `)}${written(MAIL, choices)}${safe(` ${after}`)}`;
          const { body, values } = await screen(said(literal));
          expect(values).toEqual([[values[0]?.[0], MAIL]]);
          expect(body?.toString()).toBe(said(`${safe(`${before} `)}${values[0]?.[0]}${safe(` ${after}`)}`));
        },
      ),
      { numRuns: 150 },
    );
  });

  test("mask, then restore, is the text again", async () => {
    const text = `Mail ${MAIL} or 13912345678, key is {"password":"aB3$xY9z!k"} and "quoted\\" 你好`;
    const { body, values } = await screen(said(JSON.stringify(text).slice(1, -1)));
    const sent = JSON.parse(String(body)).messages[0].content;
    expect(sent).not.toMatch(/nordwind|139123|aB3/);
    const answer = Buffer.from(JSON.stringify({ content: [{ type: "text", text: sent }] }));
    const back = restoredJson(answer, new Restorer(values));
    expect(JSON.parse(back.toString()).content[0].text).toBe(text);
  });

  test("nothing found, nothing made", async () => {
    expect(await screen(said("hello"))).toEqual({
      fault: undefined,
      counts: [],
      body: undefined,
      values: [],
      paths: [],
    });
  });

  test("the scope leaves parts alone", async () => {
    const body = `{"system":"${MAIL}","messages":[{"role":"user","content":"${MAIL}"}]}`;
    const { body: masked } = await screen(body, { scope: ["system"] });
    expect(JSON.parse(String(masked)).messages[0].content).toBe(MAIL);
    expect(JSON.parse(String(masked)).system).toMatch(/^\[EMAIL_/);
  });

  test("what a tool's input calls a value counts", async () => {
    const body = (key: string) =>
      `{"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"${key}":"5553214567"}}]}]}`;
    expect((await screen(body("phone"))).counts).toEqual([["phone", 1]]);
    expect((await screen(body("amount"))).counts).toEqual([]);
  });

  test("a value over the edge of two pieces of a long text is found once, and whole", async () => {
    for (const shift of [-40, -20, -1, 0, 1, 20]) {
      for (const edge of [524_288 - 32_768, 524_288]) {
        const text = `${"x ".repeat((edge + shift) / 2)}${MAIL}${" y".repeat(60_000)}`;
        const { counts, values } = await screen(said(text));
        expect([counts, values.length]).toEqual([[["email", 1]], 1]);
      }
    }
  }, 60_000);

  test("numbers and keys in a tool's input count too, and stay JSON", async () => {
    const body = `{"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"phone": 13912345678,"order_id":13912345678,"${MAIL}":true,"n":-1.5e3}}]}]}`;
    const { body: masked, values } = await screen(body);
    const { input } = JSON.parse(String(masked)).messages[0].content[0];
    const [phone, mail] = values.map(([placeholder]) => placeholder as string);
    expect(input).toEqual({ phone, order_id: 13912345678, [mail as string]: true, n: -1500 });
    const answer = Buffer.from(JSON.stringify({ content: [{ type: "tool_use", input }] }));
    const back = JSON.parse(restoredJson(answer, new Restorer(values)).toString()).content[0].input;
    expect(back).toEqual({ phone: "13912345678", order_id: 13912345678, [MAIL]: true, n: -1500 });
  });

  test("two values never share a placeholder, and one has the same each time", async () => {
    const one = await screen(said(`${MAIL} bob@nordwind-handel.de ${MAIL}`));
    expect(one.values).toHaveLength(2);
    expect((await screen(said(`again ${MAIL}`))).values[0]).toEqual(one.values[0]);
    expect((await screen(said(MAIL), { key: "another" })).values[0]?.[0]).not.toBe(one.values[0]?.[0]);
  });

  test("a value in arguments that are JSON themselves comes back as that JSON says it", async () => {
    const secret = `${["-----BEGIN ", "PRIVATE KEY-----"].join("")}\n${"aB3xY9z7".repeat(8)}\n${["-----END ", "PRIVATE KEY-----"].join("")}`;
    const args = JSON.stringify({ password: secret });
    const body = JSON.stringify({
      messages: [{ role: "assistant", tool_calls: [{ function: { name: "f", arguments: args } }] }],
    });
    const { body: masked, values } = await screen(body);
    const call = JSON.parse(String(masked)).messages[0].tool_calls[0].function.arguments;
    const answer = Buffer.from(
      JSON.stringify({ choices: [{ message: { tool_calls: [{ function: { arguments: call } }] } }] }),
    );
    const back = JSON.parse(restoredJson(answer, new Restorer(values)).toString());
    expect(JSON.parse(back.choices[0].message.tool_calls[0].function.arguments)).toEqual({ password: secret });
  });

  test.each([
    [{ note: `line\n${MAIL}`, phone: 13912345678, 手机: "13712345678", [MAIL]: ["\t13612345678", -1.5e3, true] }],
    [[`"${MAIL}"`, { SecretAccessKey: "2/9m+G8CSh3ss4X9dzrg4L6bYhlLu8Q5DvX3/xJx" }]],
    [{ nested: { arguments: JSON.stringify({ mail: MAIL }) } }],
  ])("arguments stay JSON, whatever is found in them: %j", async (input) => {
    for (const args of [JSON.stringify(input, null, 1), JSON.stringify(input)]) {
      const body = JSON.stringify({
        messages: [{ role: "assistant", tool_calls: [{ function: { arguments: args } }] }],
      });
      const { body: masked, values } = await screen(body);
      expect(String(masked)).not.toMatch(/nordwind|1391234|1371234|1361234|9dzrg4L6b/);
      const call = JSON.parse(String(masked)).messages[0].tool_calls[0].function.arguments;
      JSON.parse(call);
      const answer = { choices: [{ message: { tool_calls: [{ function: { arguments: call } }] } }] };
      const back = JSON.parse(restoredJson(Buffer.from(JSON.stringify(answer)), new Restorer(values)).toString());
      const put = JSON.parse(back.choices[0].message.tool_calls[0].function.arguments);
      expect(JSON.stringify(put).replace('"13912345678"', "13912345678")).toBe(JSON.stringify(input));
    }
  });

  test("around a value in arguments nothing changes, however both are escaped", async () => {
    const args = `{ "a" :"\\u4f60 \\n${MAIL}\\/", "z": 1.50, "p":13912345678 }`;
    const body = `{"messages":[{"tool_calls":[{"function":{"arguments":"${written(args, [0, 1])}"}}]}]}`;
    const { body: masked, counts } = await screen(body);
    expect(counts).toEqual([
      ["email", 1],
      ["phone", 1],
    ]);
    const call = JSON.parse(String(masked)).messages[0].tool_calls[0].function.arguments;
    expect(call.replace(/\[EMAIL_\w+\]/, MAIL).replace(/"\[PHONE_\w+\]"/, "13912345678")).toBe(args);
  });

  test("what an answer cited of the client's own search results is read when it comes back", async () => {
    const citation = { type: "search_result_location", cited_text: `to ${MAIL}`, title: MAIL, search_result_index: 0 };
    const content = [{ type: "text", text: "a", citations: [citation] }];
    const { counts } = await screen(JSON.stringify({ messages: [{ role: "assistant", content }] }));
    expect(counts).toEqual([["email", 2]]);
  });

  test("thinking and results of the provider's tools in an answer are left alone", async () => {
    const { values } = await screen(said(MAIL));
    const tag = values[0]?.[0];
    const answer = Buffer.from(
      JSON.stringify({
        content: [
          { type: "thinking", thinking: tag, signature: tag },
          { type: "web_search_tool_result", content: [{ title: tag }] },
          { type: "text", text: "no" },
        ],
      }),
    );
    expect(restoredJson(answer, new Restorer(values))).toBe(answer);
  });

  test("a pattern's beginning and end are those of each text, wherever it stands in the body", async () => {
    const patterns = [
      { name: "a", regex: "^EMP[0-9]{3}$" },
      { name: "b", regex: "\\ATOP[0-9]{3}" },
    ];
    const anchored = new TextScan(STANDARD_KINDS, patterns);
    const long = `EMP009 ${"word ".repeat(200_000)}EMP008`;
    const texts = ["EMP001", "x EMP002", "EMP003", "EMP004 x", "TOP005", "x TOP006", long, "EMP007"];
    const input = { id: "EMP100", note: "x EMP101" };
    const blocks = texts.map((text) => ({ type: "text", text }));
    const call = { type: "tool_use", id: "t", name: "n", input };
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: [...blocks, call] }] });
    const { values } = await screenBody(Buffer.from(body), { ...policy, patterns }, anchored);
    expect(values.map(([, value]) => value).sort()).toEqual(["EMP001", "EMP003", "EMP007", "EMP100", "TOP005"]);
  });
});
