// Tests of recognising conversations: what the key is made of, in which order, and that each is found once.

import { describe, expect, test } from "vitest";
import { exchange } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { conversationOf, sessionOf } from "./conversation.ts";

const SESSION = "0b6f6d0e-6c1c-4a43-9d38-1f8e8a1b2c3d";
const of = (more: Partial<Exchange>) => conversationOf(exchange(more));
const user = (userId: string | undefined) => ({ look: { ...exchange().look, userId } });
const body = (raw: unknown) => ({ body: Buffer.from(JSON.stringify(raw)) });
const hi = { messages: [{ role: "user", content: "hi" }] };

describe("the key", () => {
  test("is the session header before all else, of one tenant only", () => {
    const headers = ["accept", "x", "X-Claude-Code-Session-Id", SESSION];
    const one = of({ headers, ...user(JSON.stringify({ session_id: "other" })), ...body(hi) });
    expect(one).toMatchObject({ key: `local\n${SESSION}`, source: "session" });
    const web = of({ headers, principal: { project: "web", keyId: "k" } });
    expect(web.key).toBe(`web\n${SESSION}`);
    expect(web.hash).not.toEqual(one.hash);
  });

  test("is the session in the user id, as JSON or as the older text", () => {
    const json = JSON.stringify({ device_id: "d", account_uuid: "", session_id: SESSION });
    expect(of(user(json))).toMatchObject({ key: `local\n${SESSION}`, source: "metadata" });
    expect(of({ headers: ["x-claude-code-session-id", " "], ...user(json) }).source).toBe("metadata");
    const older = `user_${"ab".repeat(32)}_account_${SESSION.replaceAll("b", "c")}_session_${SESSION}`;
    expect(sessionOf(older)).toBe(SESSION);
    expect(sessionOf(`user_${"ab".repeat(32)}_account__session_${SESSION}`)).toBe(SESSION);
    // The same session by either way is the same conversation.
    expect(of(user(json)).hash).toEqual(of({ headers: ["x-claude-code-session-id", SESSION] }).hash);
  });

  test("is none where the user id names no session", () => {
    for (const text of [
      undefined,
      "",
      "user-7",
      "user_1",
      "{",
      "null",
      '{"session_id":""}',
      '{"session_id":7}',
      "{}",
      "[]",
    ]) {
      expect(sessionOf(text)).toBeUndefined();
    }
    expect(sessionOf("user_x_session_a b")).toBeUndefined();
    expect(sessionOf(`user_${"_session_".repeat(1_000)}!`)).toBeUndefined();
  });

  test("is short however long the session's name", () => {
    const long = of({ headers: ["x-claude-code-session-id", "s".repeat(5_000)] });
    expect(long.key?.length).toBeLessThan(40);
    expect(long.key).not.toBe(of({ headers: ["x-claude-code-session-id", "s".repeat(5_001)] }).key);
  });

  test("is else a hash of tenant, model and what a prompt cache keeps", () => {
    const plain = { system: "be kind", tools: [{ name: "Bash" }], ...hi };
    const base = of(body(plain));
    expect(base.source).toBe("prefix");
    expect(base.key).toMatch(/^local\n#[0-9a-f]{16}$/);
    const others = [
      of({ ...body(plain), principal: { project: "web", keyId: "k" } }),
      of({ ...body(plain), look: { ...exchange().look, model: "other" } }),
      of(body({ ...plain, system: "be kinder" })),
      of(body({ ...plain, tools: [{ name: "Bush" }] })),
      of(body({ ...plain, messages: [{ role: "user", content: "ho" }] })),
      of(body({ ...plain, system: `be kind${"x".repeat(2_000)}` })),
      of(body({ ...hi, tools: [{ name: "be kind" }, { name: "Bash" }] })),
    ];
    const keys = new Set([base, ...others].map(({ hash }) => `${hash.hi} ${hash.lo}`));
    expect(keys.size).toBe(others.length + 1);
  });

  test("stays while the conversation grows and the cache marker moves", () => {
    const marker = { cache_control: { type: "ephemeral" } };
    const turn = { role: "assistant", content: "hello" };
    const first = of(
      body({
        system: [{ type: "text", text: "s", ...marker }],
        messages: [{ role: "user", content: [{ type: "text", text: "hi", ...marker }] }],
      }),
    );
    const third = of(
      body({ messages: [...hi.messages, turn, { role: "user", content: "x" }, turn], system: "s", max_tokens: 9 }),
    );
    expect(third.key).toBe(first.key);
  });

  test("sees a change at the end of a long text and in its length, not in its middle", () => {
    const long = (text: string) => of(body({ messages: [{ role: "user", content: text }] })).key;
    const text = "a".repeat(4_000);
    expect(long(`${text}b`)).not.toBe(long(`${text}c`));
    expect(long(`b${text}`)).not.toBe(long(`c${text}`));
    expect(long(text)).not.toBe(long(`${text}a`));
    expect(long(`${text}b${text}`)).toBe(long(`${text}c${text}`));
  });

  test("is none without a body, a first turn, or a dialect that is known", () => {
    expect(of({ body: null })).toMatchObject({ key: undefined, source: "none", hash: { hi: 0, lo: 0 } });
    expect(of(body({ system: "s" })).source).toBe("none");
    expect(of({ look: { ...exchange().look, dialect: "plain" }, ...body(hi) }).source).toBe("none");
  });
});

describe("what ties it", () => {
  test("is told in words, found on the first look, and nothing without a body", () => {
    const thinking = { role: "assistant", content: [{ type: "thinking", thinking: "", signature: "s" }] };
    const one = of(body({ container: "c", messages: [...hi.messages, thinking] }));
    expect(one.ties.map(({ kind }) => kind)).toEqual(["container", "thinking"]);
    for (const { why } of one.ties) expect(why).toMatch(/account/);
    expect(one.ties).toBe(one.ties);
    expect(of(body(hi)).ties).toEqual([]);
    expect(of({ body: null }).ties).toEqual([]);
  });

  test("turns open by the last message", () => {
    expect(of(body(hi)).opensTurn).toBe(true);
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "x" }] };
    const one = of(body({ messages: [...hi.messages, result] }));
    expect([one.opensTurn, one.opensTurn]).toEqual([false, false]);
  });
});

test("copies of one exchange share what was found", () => {
  const x = exchange(body(hi));
  const found = conversationOf(x);
  expect(conversationOf({ ...x, attempt: 1, body: null })).toBe(found);
  expect(conversationOf(exchange(body(hi)))).not.toBe(found);
});
