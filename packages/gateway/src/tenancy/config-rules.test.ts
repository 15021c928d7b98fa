// Tests of the names that a limit of some models holds under.

import { expect, test } from "vitest";
import type { Config } from "../config/config.ts";
import { namesOf } from "./config-rules.ts";
import { Plans, projectScope } from "./rules.ts";

const upstream = (model?: string) => ({ name: "a", model });
const MODELS = [
  { match: "fast", upstreams: [upstream("us.anthropic.claude-haiku-4-5-20251001-v1:0")] },
  { match: "*", upstreams: [upstream()] },
] as unknown as Config["models"];

/** Whether an entry of `models` for a pattern holds for a request that names a model. */
function holds(match: string, model: string): boolean {
  const rules = [{ scope: projectScope("web"), allowance: { models: [{ match, limits: { rpm: 1 } }] } }];
  return new Plans((name) => namesOf(MODELS, name)).of(rules, model).length > 0;
}

test.each([
  ["claude-opus-*", "us.anthropic.claude-opus-4-5-20251101-v1:0"],
  ["claude-opus-*", "anthropic/claude-opus-5"],
  ["claude-sonnet-4-5", "claude-sonnet-4-5[1m]"],
  ["claude-sonnet-4-5", "claude-sonnet-4-5@20250929"],
  ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929"],
  ["claude-sonnet-4-5-20250929", "claude-sonnet-4-5"],
  ["claude-next-9", "claude-next-9-20300101"],
  ["claude-haiku-*", "fast"],
  ["fast", "fast"],
  ["us.anthropic.*", "fast"],
])("one for %s holds for %s", (match, model) => {
  expect(holds(match, model)).toBe(true);
});

test.each([
  ["claude-opus-*", "claude-sonnet-4-5"],
  ["claude-sonnet-4-5[1m]", "claude-sonnet-4-5"],
  ["us.anthropic.*", "claude-opus-5"],
  ["fast", "claude-haiku-4-5"],
])("one for %s does not hold for %s", (match, model) => {
  expect(holds(match, model)).toBe(false);
});
