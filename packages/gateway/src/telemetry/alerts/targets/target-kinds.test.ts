// Messages at their vendors' limits, and answers that are no success: what is left out is counted, what is wrong is named.

import { describe, expect, it } from "vitest";
import type { Alert } from "../alert.ts";
import { type Bundle, readStatus } from "../message.ts";
import { targetKind } from "./target-kinds.ts";

const URL = "https://hook.example/0123456789";
const alert = (i: number, labels: Alert["labels"]): Alert => ({
  rule: `rule-${i}`,
  watched: "unusual_day",
  severity: "critical",
  state: "firing",
  labels,
  value: 1_234.5,
  threshold: 200,
  unit: "usd",
  since: 0,
  at: 1_000,
  fingerprint: `rule-${i}`,
});
const bundle = (alerts: readonly Alert[], more: number): Bundle => ({
  id: "alr_1",
  alerts,
  more,
  language: "zh",
  at: 1_000,
  instance: "gateway-1 http://10.0.0.1:4100",
  test: false,
});

/** All texts of a message, one under the other. */
function textOf(kind: "wecom" | "dingtalk" | "feishu", given: Bundle): string {
  const { body } = targetKind(kind).print({ name: "ops", kind, url: URL, from: "info" }, given, 0);
  const texts: string[] = [];
  JSON.parse(body, (_, value) => {
    if (typeof value === "string") texts.push(value);
    return value;
  });
  return texts.join("\n");
}

describe.each([
  ["wecom", 4_096],
  ["dingtalk", 20_000],
  ["feishu", 20_000],
] as const)("%s", (kind, most) => {
  it("counts the alerts that a message has no room for, and says who speaks", () => {
    const labels = { project: "p".repeat(64), median: "12.50", days: "28", model: "m".repeat(400) };
    const all = Array.from({ length: 20 }, (_, i) => alert(i, labels));
    const text = textOf(kind, bundle(all, 15));
    expect(Buffer.byteLength(text)).toBeLessThan(most + 500);
    const listed = text.split("今日花费异常").length - 1;
    expect(listed).toBeGreaterThan(0);
    expect(text).toContain(`另有 ${35 - listed} 条`);
    expect(text).toContain("gateway-1");
  });

  it("cuts a text that is too long by itself between two characters", () => {
    for (let i = 0; i < 4; i++) {
      const text = textOf(kind, bundle([alert(1, { project: `${"x".repeat(i)}${"项目🚀".repeat(3_000)}` })], 0));
      expect(text).not.toContain("\ufffd");
      expect(text).toContain("项目🚀项目");
      expect(text).toContain("gateway-1");
      expect(text).not.toContain("另有");
    }
  });
});

describe("an answer that is no success", () => {
  it("says what to do about a redirect", () => {
    expect(readStatus(302, undefined, "", 0)).toEqual({
      result: "never",
      why: "status 302: redirects are not followed; configure the address that it leads to",
    });
  });

  it("is tried again when it says, in seconds or as a date", () => {
    const now = Date.UTC(2026, 0, 1);
    const after = (text: string) => readStatus(503, text, "", now);
    expect(after("30")).toMatchObject({ result: "later", afterMs: 30_000 });
    expect(after("Thu, 01 Jan 2026 00:00:45 GMT")).toMatchObject({ result: "later", afterMs: 45_000 });
    expect(after("soon")).toMatchObject({ result: "later", afterMs: undefined });
  });

  it("is tried again when the vendor says that it was too often, whatever the status is", () => {
    const { read } = targetKind("feishu");
    const body = JSON.stringify({ code: 11_232, msg: "frequency limited" });
    expect(readStatus(400, undefined, body, 0, read)).toMatchObject({ result: "later" });
    expect(readStatus(400, undefined, JSON.stringify({ code: 9_499, msg: "Bad Request" }), 0, read)).toMatchObject({
      result: "never",
      why: "status 400: code 9499: Bad Request",
    });
    expect(readStatus(404, undefined, "<html>", 0, read)).toEqual({ result: "never", why: "status 404: <html>" });
  });
});
