// What one scan finds: kinds that are off by themselves, overlaps, printed forms, and patterns of a project's own.

import { describe, expect, test } from "vitest";
import { ALL_KINDS, kindsOf, STANDARD_KINDS } from "./kinds.ts";
import { TextScan } from "./text-scan.ts";

const found = async (text: string, scan = new TextScan(ALL_KINDS)) =>
  (await scan.find(text)).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

describe("a scan", () => {
  test.each([
    ["from 81.169.145.66 port 22", ["ip 81.169.145.66"]],
    ["[2a01:4f8:c17:7e3::1]", ["ip 2a01:4f8:c17:7e3::1"]],
    ["127.0.0.1, ::1, 192.0.2.7, 2001:db8::7, 1.2.3, 300.1.1.1, 10:20:30", []],
    ["车牌京A12345和沪AD12345", ["cn_plate 京A12345", "cn_plate 沪AD12345"]],
    ["京东A12345", []],
  ])("%s", async (text, wanted) => expect(await found(text)).toEqual(wanted));

  test("addresses and plates are looked for only when asked", async () => {
    expect(await found("81.169.145.66 京A12345", new TextScan(STANDARD_KINDS))).toEqual([]);
  });

  test("groups name several kinds, in order of rank", () => {
    expect(kindsOf(["bank", "email"])).toEqual(["card", "iban", "email"]);
    expect(kindsOf(["all"])).toEqual(ALL_KINDS);
  });

  test("full-width digits, printed dashes and hard spaces", async () => {
    expect(await found("电话：１３９－１２３４－５６７８")).toEqual(["phone １３９－１２３４－５６７８"]);
    expect(await found("139\u00a01234\u00a05678 or 139‑1234‑5678")).toEqual([
      "phone 139\u00a01234\u00a05678",
      "phone 139‑1234‑5678",
    ]);
  });

  test.each([
    ["tel 139\u200b1234\u200b5678, call", "phone 139\u200b1234\u200b5678"],
    ["\u2060\ufeff139\u00ad12345678\u200d end", "phone 139\u00ad12345678"],
    ["4539\u200b 5787\u200b 6362\u200b 1486", "card 4539\u200b 5787\u200b 6362\u200b 1486"],
    ["mail to bo\u200b@nordwind-\u200bhandel.de", "email bo\u200b@nordwind-\u200bhandel.de"],
    ["ghp_\u200bAb3dEf6hIj9lMn2pQr5tUv8xYz1B4dF7gH0J", "secret ghp_\u200bAb3dEf6hIj9lMn2pQr5tUv8xYz1B4dF7gH0J"],
    [
      "xoxb-123456789012-1234567890123-\u200bAbCdEfGhIjKlMnOpQrStUvWx",
      "secret xoxb-123456789012-1234567890123-\u200bAbCdEfGhIjKlMnOpQrStUvWx",
    ],
  ])("what nobody sees hides nothing: %j", async (text, wanted) => expect(await found(text)).toEqual([wanted]));

  test.each([
    ["13912345678\u200b13712345678", ["phone 13912345678", "phone 13712345678"]],
    ["order A17\u200b4539578763621486\u200bpaid", ["card 4539578763621486"]],
    ["token\u200bghp_Ab3dEf6hIj9lMn2pQr5tUv8xYz1B4dF7gH0J", ["secret ghp_Ab3dEf6hIj9lMn2pQr5tUv8xYz1B4dF7gH0J"]],
    [
      "seen\u200bxoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
      ["secret xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"],
    ],
  ])("what nobody sees may stand between two things: %j", async (text, wanted) =>
    expect(await found(text)).toEqual(wanted),
  );

  test("families of emoji and texts from right to left stay what they are", async () => {
    const text = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u200f\u05e9\u05dc\u05d5\u05dd\u200f 13912345678 \u200b";
    expect(await found(text)).toEqual(["phone 13912345678"]);
    expect(await found("\u200b".repeat(100))).toEqual([]);
  });

  test("a pattern of a project's own reads what stands there", async () => {
    const pattern = [{ name: "unseen", regex: "\\x{200B}+" }];
    expect(await found("a\u200b\u200bb", new TextScan([], pattern))).toEqual(["pattern:unseen \u200b\u200b"]);
  });

  test.each([
    ["4539.5787.6362.1486", ["card 4539.5787.6362.1486"]],
    ["pay 3716.820449.00013 now", ["card 3716.820449.00013"]],
    ["3716.820449.00013.", ["card 3716.820449.00013"]],
    // A check digit that is wrong, a date, a part of a longer number.
    ["4539.5787.6362.1487, 1.4539.5787.6362.1486, 4539.5787.6362.1486.2, 2026.1122.4539.5787", []],
  ])("a card in groups with dots: %s", async (text, wanted) => expect(await found(text)).toEqual(wanted));

  test.each([
    ["张三,13912345678,13712345678,成都", ["phone 13912345678", "phone 13712345678"]],
    ["[13912345678,13712345678]", ["phone 13912345678", "phone 13712345678"]],
    ["2026-11-21 10:00:07 13912345678 hung up", ["phone 13912345678"]],
    ["7,010-65521234", ["phone 010-65521234"]],
    ["17 4539578763621486 Anna", ["card 4539578763621486"]],
    ["4539578763621486 1226 123", ["card 4539578763621486"]],
    ["exp 12/26 4539578763621486", ["card 4539578763621486"]],
    // Groups of a longer number, and a sum.
    ["1234 4539 5787 6362 1486 and 1,391,234,567", []],
  ])("a number beside other numbers: %s", async (text, wanted) => expect(await found(text)).toEqual(wanted));

  test.each([
    ["de89370400440532013000", ["iban de89370400440532013000"]],
    ["pay de89 3704 0044 0532 0130 00 from here", ["iban de89 3704 0044 0532 0130 00"]],
    ["IBAN:DE89-3704-0044-0532-0130-00", ["iban DE89-3704-0044-0532-0130-00"]],
    ["de89370400440532013001", []],
    ["gb29NWBK60161331926819", []],
  ])("an account in small letters or with dashes: %s", async (text, wanted) =>
    expect(await found(text)).toEqual(wanted),
  );

  test("a span inside another is one with it; the longer names it", async () => {
    expect(await found("13912345678@nordwind-handel.de")).toEqual(["email 13912345678@nordwind-handel.de"]);
    const pattern = [{ name: "line", regex: "emp-[^ ]+" }];
    expect(await found("emp-13912345678-x", new TextScan(ALL_KINDS, pattern))).toEqual([
      "pattern:line emp-13912345678-x",
    ]);
  });

  test("what is equally long is named by a project's own pattern", async () => {
    const pattern = [{ name: "mine", regex: "1[0-9]{10}" }];
    expect(await found("13912345678", new TextScan(ALL_KINDS, pattern))).toEqual(["pattern:mine 13912345678"]);
  });

  test("a scan without secretlint's rules is at hand at once", () => {
    expect(new TextScan(["email"]).findNow("a@nordwind-handel.de")).toEqual([{ start: 0, end: 20, kind: "email" }]);
  });
});

test.each([
  "密码是[SECRET_abcdefghij]",
  "密码：[SECRET_abcdefghij]",
  "--password=[SECRET_abcdefghij]",
  "curl -u admin:[SECRET_abcdefghij] https://nordwind-handel.de",
  "postgres://app:[SECRET_abcdefghij]@db.nordwind-handel.de/x",
  "Server=a;Password=[SECRET_abcdefghijklmnopqrst];",
  "mysql -u root -p[STAFF_NO_2bcdefghij] x",
])("a placeholder that came back is no value: %s", async (text) => {
  const scan = new TextScan(STANDARD_KINDS, [{ name: "staff-no", regex: "S[0-9]{6}" }]);
  expect(await scan.find(text)).toEqual([]);
  const [value] = await found(text.replace(/\[\w+\]/, "Zx8qT4mvLp"), scan);
  expect(value).toContain("Zx8qT4mvLp");
});

test("what stands beside a placeholder is found as before", async () => {
  expect(await found("the password for [EMAIL_abcdefghij] is Zx8qT4mvLp")).toEqual(["secret Zx8qT4mvLp"]);
  expect(await found("[PHONE_abcdefghij]13912345678")).toEqual(["phone 13912345678"]);
});

describe("JSON as a text, as results of tools are", () => {
  test.each([
    ["\\n13912345678", "phone 13912345678"],
    ["\\u7535\\u8bdd13912345678", "phone 13912345678"],
    ["\\\\t4539578763621486\\\\n", "card 4539578763621486"],
    ["\\r\\n11010519491231002X", "cn_id 11010519491231002X"],
    ["to\\nanna.berg@nordwind-handel.de", "email anna.berg@nordwind-handel.de"],
    ["key:\\nghp_Ab3dEf6hIj9lMn2pQr5tUv8xYz1B4dF7gH0J", "secret ghp_Ab3dEf6hIj9lMn2pQr5tUv8xYz1B4dF7gH0J"],
    ["A=1\\nDB_PASSWORD=Zx8qT4mvLp\\nB=2", "secret Zx8qT4mvLp"],
  ])("an escape before a value hides nothing: %s", async (text, wanted) => {
    expect(await found(`{"out":"${text}"}`, new TextScan(STANDARD_KINDS))).toEqual([wanted]);
  });
});

test("a scan leaves nothing behind in the process: one follows another for as long as it runs", async () => {
  const scan = new TextScan(STANDARD_KINDS);
  const left = () => performance.getEntries().length;
  await scan.find("sk-ant-api03-nothing");
  const before = left();
  for (let i = 0; i < 20; i++) await scan.find(`a text ${i}`);
  expect(left() - before).toBe(0);
});

describe("what is published as an example", () => {
  const EXAMPLES = [
    ["email", "write to jane.doe@example.com", "jane.doe@example.com"],
    ["email", "邮箱 test@mail.example", "test@mail.example"],
    ["card", "card 4242 4242 4242 4242", "4242 4242 4242 4242"],
    ["card", "4111111111111111", "4111111111111111"],
    ["card", "amex 378282246310005", "378282246310005"],
    ["phone", "call (212) 555-0123", "(212) 555-0123"],
    ["phone", "+1 212 555 0123", "+1 212 555 0123"],
    ["us_ssn", "my SSN is 078-05-1120", "078-05-1120"],
    ["secret", "id AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"],
  ] as const;

  test.each(EXAMPLES)("%s in %j is found unless it is to be left", async (kind, text, value) => {
    expect(await found(text, new TextScan(STANDARD_KINDS))).toEqual([`${kind} ${value}`]);
    expect(await found(text, new TextScan(STANDARD_KINDS, [], false))).toEqual([]);
  });
});
