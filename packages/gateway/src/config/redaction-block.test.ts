// The block `redaction` of a project: defaults, its secret, and how it is printed.

import { describe, expect, test } from "vitest";
import { readConfig } from "./load.ts";
import { describeConfig } from "./print.ts";
import { storedRedaction } from "./redaction-block.ts";

const SECRET = "0123456789-of-the-tags-0123456789";

function projectOf(block: string) {
  const key = "$" + "{K}";
  const text = `upstreams: [{ name: a, provider: anthropic, api_key: "${key}" }]\nprojects: [{ name: web, keys: [fl-dev-0123456789abcdef], redaction: ${block} }]\n`;
  const { config } = readConfig(text, "/x/fairlead.yaml", { K: "sk-0123456789", TAGS: SECRET });
  return { redaction: config.projects[0]?.redaction, printed: JSON.stringify(describeConfig(config)) };
}

describe("the block redaction", () => {
  test("left out it is off; with a mode alone it has its defaults", () => {
    expect(projectOf("{}").redaction).toMatchObject({ mode: "off" });
    expect(projectOf("{ mode: mask }").redaction).toEqual({
      mode: "mask",
      examples: "find",
      restore: true,
      scope: ["system", "messages", "tool_results", "tool_inputs"],
      files: "pass",
      on_failure: "refuse",
      secret: undefined,
    });
  });

  test("its secret comes from where it points to, and is printed masked", () => {
    const { redaction, printed } = projectOf(`{ mode: mask, secret: "$${"{TAGS}"}" }`);
    expect(redaction?.secret).toBe(SECRET);
    expect(printed).not.toContain(SECRET);
    expect(printed).toContain('"mode":"mask"');
  });

  test("a stored project takes the same, without a secret", () => {
    expect(storedRedaction.safeParse({ mode: "refuse", kinds: ["bank"] }).success).toBe(true);
    expect(storedRedaction.safeParse({ mode: "mask", secret: "x" }).success).toBe(false);
    expect(storedRedaction.safeParse({ mode: "mask", patterns: [{ name: "a", regex: "(?=x)" }] }).success).toBe(false);
  });
});
