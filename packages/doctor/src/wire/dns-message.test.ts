// Tests of DNS questions and answers as bytes.

import { expect, test } from "vitest";
import { addressesIn, question } from "./dns-message.ts";

// An answer to "a.example": a compressed name, a CNAME before the address, which is to be stepped over.
function answer(flags: number, records: readonly (readonly [number, Buffer])[]): Buffer {
  const asked = question("a.example", "A", 7);
  asked.writeUInt16BE(flags, 2);
  asked.writeUInt16BE(records.length, 6);
  const rows = records.map(([type, data]) => {
    const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat([asked, ...rows]);
}

test("a question has its name in labels and asks for recursion", () => {
  expect(question("a.example", "AAAA", 0x1234).toString("latin1")).toBe(
    "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x07example\x00\x00\x1c\x00\x01",
  );
});

test("addresses are read past other records", () => {
  const alias = Buffer.from([1, 0x62, 0]);
  const v6 = Buffer.from("26076bc0000000000000000000000010", "hex");
  const message = answer(0x8180, [
    [5, alias],
    [1, Buffer.from([160, 79, 104, 10])],
    [28, v6],
  ]);
  expect(addressesIn(message)).toEqual({ addresses: ["160.79.104.10", "2607:6bc0::10"] });
});

test.each([
  [0x8182, "ESERVFAIL"],
  [0x8183, "ENOTFOUND"],
  [0x8185, "EREFUSED"],
])("response code of %i", (flags, error) => {
  expect(addressesIn(answer(flags, []))).toEqual({ addresses: [], error });
});

test("what is no answer is told as such", () => {
  expect(addressesIn(Buffer.from("HTTP/1.1 200 OK")).error).toBe("EBADRESP");
  expect(addressesIn(Buffer.alloc(3)).error).toBe("EBADRESP");
  const cut = answer(0x8180, [[1, Buffer.from([160, 79, 104, 10])]]);
  expect(addressesIn(cut.subarray(0, cut.length - 2)).error).toBe("EBADRESP");
  expect(addressesIn(question("a.example", "A", 1)).error).toBe("EBADRESP");
});
