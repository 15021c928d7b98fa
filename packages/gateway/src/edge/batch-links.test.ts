// The addresses of batch results lead through the gateway; nothing else in the answer changes.
import { expect, test } from "vitest";
import { relinked } from "./batch-links.ts";

const PATH = "/v1/messages/batches/msgbatch_1";
const HOST = { host: "gw.example:4100" };
const far = "https://api.anthropic.com/v1/messages/batches/msgbatch_1/results";

test("each address is replaced in place, and every other byte stays", () => {
  const body = Buffer.from(
    `{ "a":"ü ${far}",\n "data":[{"results_url" : "${far}"},{"results_url":null},{"results_url":"${far}"}]}`,
  );
  const own = "http://gw.example:4100/v1/messages/batches/msgbatch_1/results";
  const expected = `{ "a":"ü ${far}",\n "data":[{"results_url" : "${own}"},{"results_url":null},{"results_url":"${own}"}]}`;
  expect(relinked(PATH, body, { headers: HOST })?.toString()).toBe(expected);
});

test("the scheme is that of the balancer in front, and a prefix of the upstream's goes", () => {
  const body = Buffer.from(`{"results_url":"http://relay:1/claude/v1/messages/batches/b/results"}`);
  const through = relinked(`${PATH}?x=1`, body, { headers: { ...HOST, "x-forwarded-proto": "https" } });
  expect(through?.toString()).toBe(`{"results_url":"https://gw.example:4100/v1/messages/batches/b/results"}`);
});

test("nothing changes without an address, elsewhere, or without a Host", () => {
  const body = Buffer.from(`{"results_url":"${far}"}`);
  expect(relinked(PATH, Buffer.from(`{"results_url":null}`), { headers: HOST })).toBeUndefined();
  expect(relinked("/v1/messages", body, { headers: HOST })).toBeUndefined();
  expect(relinked(PATH, body, { headers: {} })).toBeUndefined();
});
