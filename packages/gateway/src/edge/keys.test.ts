// Which key wins, what counts as absent, and that a digest is no key.

import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Keys } from "./keys.ts";

const keys = new Keys([
  { name: "web", keys: ["fl-web-1", "fl-web-2"] },
  { name: "ci", keys: ["fl-ci-1"] },
]);
const project = (apiKey?: string, authorization?: string) => {
  const found = keys.principal(apiKey, authorization);
  return typeof found === "string" ? found : found.project;
};

describe("Keys", () => {
  it.each([
    ["a known x-api-key", "fl-web-1", undefined, "web"],
    ["a known bearer", undefined, "Bearer fl-ci-1", "ci"],
    ["bearer in any case, blanks around", undefined, "  bEaReR   fl-ci-1  ", "ci"],
    ["the same key in both", "fl-web-1", "Bearer fl-web-1", "web"],
    ["two keys of one project", "fl-web-1", "Bearer fl-web-2", "web"],
    ["x-api-key known, bearer unknown", "fl-web-1", "Bearer other", "web"],
    ["x-api-key unknown, bearer known", "other", "Bearer fl-ci-1", "ci"],
    ["two projects", "fl-web-1", "Bearer fl-ci-1", "key_conflict"],
    ["nothing", undefined, undefined, "key_missing"],
    ["empty headers", "", "", "key_missing"],
    ["an empty bearer", undefined, "Bearer", "key_missing"],
    ["another scheme", undefined, "Basic fl-web-1", "key_missing"],
    ["an unknown key", "nope", undefined, "key_unknown"],
    ["a key's prefix", "fl-web-", undefined, "key_unknown"],
    ["a key with a blank behind it", "fl-web-1 ", undefined, "key_unknown"],
  ])("%s", (_, apiKey, authorization, wanted) => {
    expect(project(apiKey, authorization)).toBe(wanted);
    // A second look comes from the memory of keys that were right.
    expect(project(apiKey, authorization)).toBe(wanted);
  });

  it("never takes a digest for a key", () => {
    expect(project(hash("sha256", "fl-web-1"))).toBe("key_unknown");
  });

  it("names a key without showing any of it", () => {
    const found = keys.principal("fl-web-1", undefined);
    expect(typeof found === "string" ? found : found.keyId).toMatch(/^k_[0-9a-f]{8}$/);
    expect(JSON.stringify(found)).not.toContain("fl-web");
  });
});
