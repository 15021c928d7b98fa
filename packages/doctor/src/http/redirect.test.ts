// Tests of which redirects are followed, by whom, and where a key would never go.

import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import { followedPath } from "./redirect.ts";

function contextOf(client: string): Context {
  return { environment: { client }, target: { url: new URL("https://gw.example/old") } } as unknown as Context;
}

test.each([
  ["node", 308, "/new/v1/messages", "/new/v1/messages"],
  ["claude-code", 307, "https://gw.example/new/v1/messages?x=1", "/new/v1/messages?x=1"],
  ["python", 308, "https://gw.example:443/new", "/new"],
  ["node", 307, "messages/", "/old/v1/messages/"],
  // curl stops without -L; the others make a GET of the message.
  ["curl", 308, "/new/v1/messages", undefined],
  ["node", 301, "/new/v1/messages", undefined],
  ["node", 302, "/new/v1/messages", undefined],
  ["node", 303, "/new/v1/messages", undefined],
  // Somebody else's place, however it is written.
  ["node", 308, "https://other.example/v1/messages", undefined],
  ["node", 308, "//other.example/v1/messages", undefined],
  ["node", 308, "http://gw.example/v1/messages", undefined],
  ["node", 308, "https://gw.example:8443/v1/messages", undefined],
  ["node", 308, "http://[", undefined],
] as const)("%s, %d to %s", (client, status, location, path) => {
  const answer = { status, headers: [["Location", location]] as const };
  expect(followedPath(contextOf(client), answer, "/old/v1/messages")).toBe(path);
});

test("a path of two slashes is a path, not a host", () => {
  const answer = { status: 308, headers: [["location", "/v1/messages"]] as const };
  expect(followedPath(contextOf("node"), answer, "//v1/messages")).toBe("/v1/messages");
});
