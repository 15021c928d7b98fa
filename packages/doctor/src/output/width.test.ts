// Tests widths and line breaks, Chinese ones too.

import { describe, expect, test } from "vitest";
import { cut, pad, widthOf, wrap } from "./width.ts";

describe("width", () => {
  test.each([
    ["abc", 3],
    ["证书", 4],
    ["DNS 解析", 8],
    ["，。（）", 8],
    ["e\u0301", 1],
    ["\u001b[31mred\u001b[39m", 3],
    ["✓✗", 2],
    ["", 0],
  ])("%j takes %i columns", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test("padding counts columns, not characters", () => {
    expect(pad("证书", 6)).toBe("证书  ");
    expect(pad("too long", 3)).toBe("too long");
  });

  test("cutting never takes more than it may", () => {
    for (let columns = 4; columns < 20; columns += 1) {
      expect(widthOf(cut("域名服务器拒绝回答这个问题", columns))).toBeLessThanOrEqual(columns);
      expect(widthOf(cut("the name server refuses", columns))).toBeLessThanOrEqual(columns);
    }
    expect(cut("short", 20)).toBe("short");
  });
});

describe("line breaks", () => {
  const english = "The name servers say that api.anthropic.com does not exist, and it does: they filter it.";
  const chinese =
    "域名服务器（10.255.255.53）称 api.anthropic.com 不存在，但它是存在的：要么被过滤，要么它们只认识内网。";

  test.each([english, chinese])("fit, lose nothing, and begin with no punctuation: %s", (text) => {
    for (const columns of [30, 40, 60, 80]) {
      const lines = wrap(text, columns);
      for (const line of lines) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(/^[，。：、）,.:]/u);
        expect(line).not.toMatch(/（$/u);
      }
      expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }
  });

  test("an address that is longer than the line stays whole", () => {
    const address = "https://code.claude.com/docs/en/network-config-of-considerable-length";
    expect(wrap(`see ${address} for more`, 40)).toEqual(["see", address, "for more"]);
  });

  test("line ends stay", () => {
    expect(wrap("a\n\nb", 10)).toEqual(["a", "", "b"]);
  });
});
