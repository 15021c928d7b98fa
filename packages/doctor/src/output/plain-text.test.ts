// What a far end may write to a terminal through the report: words only.

import { expect, test } from "vitest";
import { oneLine, plainText } from "./plain-text.ts";

test("escapes, bells, C1 and marks of direction go, line ends and tabs stay", () => {
  expect(plainText("a\u001b[2Jb\u0007c\u009b31md\u202ee\rf")).toBe("a\ufffd[2Jb\ufffdc\ufffd31md\ufffde\ufffdf");
  expect(plainText("one\r\ntwo\tthree\n你好")).toBe("one\r\ntwo\tthree\n你好");
});

test("words of others stay on one line", () => {
  expect(oneLine(" no\r\n✓ all is well\n")).toBe("no ✓ all is well");
});
