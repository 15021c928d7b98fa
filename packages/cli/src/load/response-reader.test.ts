// Answers come out the same however their bytes are cut, and what is no answer is said to be none.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerOf, ResponseReader } from "./response-reader.ts";

function read(bytes: Buffer, cuts: readonly number[]) {
  const told: string[] = [];
  let body = "";
  const reader = new ResponseReader({
    head: (status, head) => told.push(`${status} ${headerOf(head, "x-n") ?? "-"}`),
    data: (chunk) => {
      body += chunk.toString("latin1");
    },
    end: (keep) => {
      told.push(`${body} ${keep}`);
      body = "";
    },
  });
  let from = 0;
  let fault: string | undefined;
  for (const cut of [...new Set(cuts)].sort((a, b) => a - b).concat(bytes.length)) {
    fault ??= reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  return { told, fault, body, reader };
}

const ANSWERS = [
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-N: one\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n",
  "HTTP/1.1 204 No Content\r\nX-N: two\r\n\r\n",
  "HTTP/1.1 500 no\r\ncontent-length: 0\r\nx-n:three\r\n\r\n",
  "HTTP/1.1 429 Slow\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno",
];
const SAID = [
  "200 one",
  "hello true",
  "200 -",
  "abc0123456789 true",
  "204 two",
  " true",
  "500 three",
  " true",
  "429 -",
];

describe("ResponseReader", () => {
  it("reads answers one after the other under any cutting", () => {
    const bytes = Buffer.from(ANSWERS.join(""));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 40 }), (cuts) => {
        const { told, fault, reader } = read(bytes, cuts);
        expect(fault).toBeUndefined();
        expect(told).toEqual([...SAID, "no false"]);
        expect(reader.begun).toBe(false);
      }),
    );
  });

  it("ends a body without a length with the connection, and no other", () => {
    const open = read(Buffer.from("HTTP/1.1 200 OK\r\n\r\nall there is"), []);
    expect(open.told).toEqual(["200 -"]);
    expect(open.reader.close()).toBe(true);
    expect(open.told).toEqual(["200 -", "all there is false"]);
    for (const text of [
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfour",
      `${ANSWERS[1]?.slice(0, -2)}`,
      "HTTP/1.1 2",
    ]) {
      const cut = read(Buffer.from(text), []);
      expect(cut.reader.begun).toBe(true);
      expect(cut.reader.close()).toBe(false);
    }
  });

  it.each([
    ["SSH-2.0-OpenSSH_9.6\r\n\r\n", "an answer that is no HTTP/1.1"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n", "a content-length that is no number"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhello\r\n", "a chunk without a size"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhello\r\n", "a chunk that is longer than its size"],
    [`HTTP/1.1 200 OK\r\nx: ${"y".repeat(140_000)}`, "a head of more than 128 KB"],
  ])("refuses %j", (text, says) => {
    expect(read(Buffer.from(text), []).fault).toBe(says);
  });
});
