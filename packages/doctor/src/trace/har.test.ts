// Tests the HAR and the timeline that are made of wire events.

import { expect, test } from "vitest";
import type { WireEvent } from "../wire/wire.ts";
import { harOf } from "./har.ts";
import { timelineText } from "./timeline.ts";

const EVENTS: readonly WireEvent[] = [
  { at: 1_000, connection: 1, kind: "tcp", text: "160.79.104.10 port 443", detail: { ms: 12.34, error: undefined } },
  { at: 1_030, connection: 1, kind: "tls", text: "api.anthropic.com", detail: { ms: 30, protocol: "TLSv1.3" } },
  {
    at: 1_031,
    connection: 1,
    kind: "request",
    text: "GET /v1/models?limit=1",
    detail: { headers: "Host: api.anthropic.com\nx-api-key: (masked)" },
  },
  { at: 1_040, connection: 2, kind: "request", text: "POST /v1/messages", detail: { headers: "host: other.example" } },
  {
    at: 1_081,
    connection: 1,
    kind: "response",
    text: "200",
    detail: { ms: 50, headersMs: 40, headers: "content-type: application/json" },
  },
  { at: 1_091, connection: 1, kind: "request", text: "GET /again", detail: { headers: "" } },
  { at: 1_540, connection: 2, kind: "error", text: "TIMEOUT", detail: { ms: 500 } },
];

interface Har {
  readonly log: {
    readonly version: string;
    readonly entries: readonly {
      readonly startedDateTime: string;
      readonly time: number;
      readonly request: { readonly url: string; readonly method: string; readonly queryString: unknown };
      readonly response: { readonly status: number; readonly comment?: string };
      readonly timings: { readonly [name: string]: number };
    }[];
  };
}

test("each request is an entry with the answer of its own connection", () => {
  const { log } = harOf(EVENTS, 1_795_000_000_000 - 1_000, "https://origin.example") as Har;
  expect(log.version).toBe("1.2");
  const [first, second, third] = log.entries;
  expect(first).toMatchObject({
    startedDateTime: "2026-11-18T11:06:40.031Z",
    request: {
      method: "GET",
      url: "https://api.anthropic.com/v1/models?limit=1",
      queryString: [{ name: "limit", value: "1" }],
    },
    response: { status: 200 },
    timings: { connect: 42.34, ssl: 30, wait: 40, receive: 10 },
  });
  expect(second).toMatchObject({
    request: { url: "http://other.example/v1/messages" },
    response: { status: 0, comment: "TIMEOUT" },
    time: 500,
  });
  expect(third).toMatchObject({ request: { url: "https://origin.example/again" }, timings: { connect: -1, ssl: -1 } });
});

test("the timeline has every event, the headers below theirs, steps per connection", () => {
  const lines = timelineText(EVENTS).split("\n");
  expect(lines.filter((line) => /#\d/.test(line))).toHaveLength(EVENTS.length);
  expect(lines.find((line) => line.includes("tls"))).toMatch(
    /^ {5}30\.0 {6}\+30\.0 {2}#1 +tls +api\.anthropic\.com {2}ms=30 protocol=TLSv1\.3$/,
  );
  expect(lines.filter((line) => line.endsWith("x-api-key: (masked)"))).toHaveLength(1);
  expect(lines.join("\n")).not.toContain("undefined");
});
