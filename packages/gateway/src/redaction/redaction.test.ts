// Whose policy holds: that of the file, else that of the store; and what tags hang on.

import { systemRuntime } from "@fairlead/runtime";
import { memoryStores } from "@fairlead/stores";
import { describe, expect, test, vi } from "vitest";
import type { Config } from "../config/config.ts";
import { readConfig } from "../config/load.ts";
import { Identity } from "../identity/identity.ts";
import { redactText, scanForSecrets } from "./index.ts";
import { Redaction } from "./redaction.ts";
import { PARTS } from "./request-text.ts";

const { clock } = systemRuntime();
const MAIL = "anna@nordwind-handel.de";
const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: MAIL }] }));
const mask = { mode: "mask", restore: true, scope: PARTS, files: "pass", on_failure: "refuse" } as const;
const keyFor = (purpose: string) => Buffer.from(`secret ${purpose}`);

/** As a generation builds it. */
function buildOf(identity: Identity, config: Config): Redaction {
  return new Redaction(config.projects, clock, {
    stored: (project) => identity.directory.projectOf(project)?.redaction,
    keyFor: (purpose) => identity.keyFor(purpose),
  });
}

/** The masked text of the one message. */
async function sent(redaction: Redaction, project: string): Promise<string | undefined> {
  const policy = redaction.policy(project);
  if (policy === undefined) return undefined;
  const screened = await redaction.screen(policy, body);
  return screened.ok ? JSON.parse(screened.body.toString()).messages[0].content : screened.code;
}

describe("policies", () => {
  test("a project in the file has the file's, also when that is none", async () => {
    const projects = [
      { name: "a", keys: ["k"], redaction: mask },
      { name: "b", keys: ["l"] },
    ];
    const redaction = new Redaction(projects, clock, { stored: () => ({ mode: "refuse" }), keyFor });
    expect(await sent(redaction, "a")).toMatch(/^\[EMAIL_/);
    expect(redaction.policy("b")).toBeUndefined();
    expect(await sent(redaction, "c")).toBe("redaction_refused");
  });

  test("a stored one is followed when it changes, and made once while it does not", async () => {
    let kept: unknown = { mode: "mask" };
    const redaction = new Redaction([], clock, { stored: () => kept, keyFor });
    const first = redaction.policy("a");
    expect(redaction.policy("a")).toBe(first);
    const tag = await sent(redaction, "a");
    kept = { mode: "mask", kinds: ["email"] };
    expect(redaction.policy("a")).not.toBe(first);
    // The tags do not change with the policy.
    expect(await sent(redaction, "a")).toBe(tag);
    kept = { mode: "off" };
    expect(redaction.policy("a")).toBeUndefined();
    kept = undefined;
    expect(redaction.policy("a")).toBeUndefined();
  });

  test("one that this version cannot read masks", async () => {
    const redaction = new Redaction([], clock, { stored: () => ({ mode: "rewrite", by: "model" }), keyFor });
    expect(await sent(redaction, "a")).toMatch(/^\[EMAIL_/);
  });

  test("tags are the same in every instance with the same keys, and others with other keys or names", async () => {
    const tag = (name: string, keys: string[], secret?: string) =>
      sent(new Redaction([{ name, keys, redaction: { ...mask, secret } }], clock), name);
    expect(await tag("a", ["k", "l"])).toBe(await tag("a", ["l", "k"]));
    expect(await tag("a", ["k"])).not.toBe(await tag("b", ["k"]));
    expect(await tag("a", ["k"])).not.toBe(await tag("a", ["m"]));
    expect(await tag("a", ["k"], "s")).toBe(await tag("a", ["m"], "s"));
  });
});

test("a project made over the admin API is masked, and a policy that is none is refused", async () => {
  const text = `store: "memory:"\nupstreams: [{ name: a, provider: anthropic, api_key: "$${"{K}"}" }]\nprojects: [{ name: web, keys: [fl-dev-0123456789abcdef] }]\n`;
  const { config } = readConfig(text, "/x/fairlead.yaml", { K: "sk-0123456789" });
  const rt = systemRuntime();
  const identity = new Identity(config, rt, memoryStores(rt.clock));
  await identity.start();
  const me = { actor: "user:ada", from: "10.0.0.1" };
  await expect(identity.projects.create({ name: "ci", redaction: { mode: "maks" } }, me)).rejects.toMatchObject({
    field: "redaction.mode",
  });
  await identity.projects.create({ name: "ci", redaction: { mode: "mask" } }, me);
  const redaction = buildOf(identity, config);
  await vi.waitFor(async () => expect(await sent(redaction, "ci")).toMatch(/^\[EMAIL_/), 5_000);
  await identity.close();
});

describe("texts of others", () => {
  test("a text is redacted, with and without tags", async () => {
    expect(await redactText(`to ${MAIL}, ${MAIL}`)).toEqual({ text: "to [EMAIL], [EMAIL]", counts: { email: 2 } });
    expect((await redactText(`to ${MAIL}`, { key: "k" })).text).toMatch(/^to \[EMAIL_[a-z2-7]{10}\]$/);
    expect((await redactText(`to ${MAIL}`, { kinds: ["phone"] })).text).toBe(`to ${MAIL}`);
  });

  test("secrets are told by their places", async () => {
    const text = `a ${["gh", "p_", "aB3".repeat(12)].join("")} b`;
    expect(await scanForSecrets(text)).toEqual([{ start: 2, end: text.length - 2 }]);
    expect(await scanForSecrets(`mail ${MAIL}`)).toEqual([]);
  });
});
