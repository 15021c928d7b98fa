// Texts made to be slow: each detector, and the rules of secretlint, must take time in proportion to their length.

import { expect, test } from "vitest";
import { ALL_KINDS } from "./kinds.ts";
import { requestText } from "./request-text.ts";
import { TextScan } from "./text-scan.ts";

const SIZE = 131_072;
/** What is quadratic takes minutes at this size; what is linear a tenth of a second, and more where others work. */
const LIMIT_MS = 6_000;

const PIECES = [
  "a",
  "1",
  "1 ",
  "12-",
  "@",
  "a@",
  "a.a@a.a.",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN ",
  "-",
  ".",
  "a.",
  "eyJ",
  "eyJaaaaaaaa.",
  "http://a:b",
  "x://",
  "a:",
  "token=",
  "token = ",
  "password ",
  "password: ",
  "key    ",
  "name=key",
  "+1",
  "(010)",
  "AB12 ",
  ":",
  "_",
  "a_",
  "sk-",
  "sk-ant-",
  "AKIA",
  "Bearer ",
  "authorization: bearer ",
  "curl ",
  " -u a:",
  "mysql ",
  " ",
  "\n",
  "\t\n",
  "P<",
  "hooks.slack.com/services/",
  "phone: ",
  "123456789012345678 ",
  "4111 ",
  "GB29 ",
  "０",
  "你",
  "密码",
  "密码：",
  "\ud83d",
  "=",
  "'",
  '"',
  "\\",
  "\\n",
  "xoxb-",
  "AccountKey=",
  "ssh ",
  "[",
  "{",
  "passport no ",
  "SSN ",
  "NIK 3171234567890123 ",
  "a%40",
  '"a ',
  "a@[1.1.",
  "<password>a",
  "auth=abcd",
  "token是",
  "token=a&b=",
  "glpat-",
  "pa-",
  "aQ~",
  "0a1b2c3d".repeat(4),
  "Private-Lines: 1\nabcd\n",
  "[EMAIL_abcdefghij",
];

test.each(PIECES)("a long run of %j", async (piece) => {
  const scan = new TextScan(ALL_KINDS);
  const text = piece.repeat(Math.ceil(SIZE / piece.length));
  const start = performance.now();
  await scan.find(text);
  await scan.find(`-----BEGIN PRIVATE KEY-----${text}@`);
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
});

test("32 MB of one letter, and of brackets, are walked through at once", () => {
  const start = performance.now();
  const long = requestText(Buffer.from(`{"messages":[{"content":"${"a".repeat(32_000_000)}"}]}`));
  expect("reason" in long ? 0 : long.length).toBe(1);
  expect(requestText(Buffer.alloc(32_000_000, "["))).toMatchObject({
    reason: expect.stringContaining("nested deeper"),
  });
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
});
