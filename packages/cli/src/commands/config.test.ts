// fairlead config and gateway --check: what they print, and their exit codes.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../../testing/program.ts";

const KEY = "sk-ant-0123456789abcdef";
let folder = "";
let good = "";
let bad = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-cli-"));
  good = join(folder, "good.yaml");
  bad = join(folder, "bad.yaml");
  writeFileSync(
    good,
    'upstreams: [{ name: main, provider: anthropic, api_key: "${KEY}" }]\nprojects: [{ name: web, keys: [fl-dev-x] }]\n',
  );
  writeFileSync(bad, `upstreams:\n  - { name: main, provider: antropic, api_key: ${KEY} }\nprojcts: []\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = (...args: string[]) => runHere(args, { folder, env: { KEY } });

describe("config check", () => {
  it("says what a good file holds, and warns", async () => {
    const { code, out, err } = await run("config", "check", "-c", good);
    expect(code).toBe(0);
    expect(out).toBe(`${good} is fine: upstreams main; rules 1; projects 1 with keys 1\n`);
    expect(err).toContain(`${good}:2:32 warning: projects[0].keys[0] this key has only 8 characters`);
  });

  it("shows every problem in its line, and no secret", async () => {
    const { code, out, err } = await run("config", "check", "-c", bad);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain(`${bad}:2:29 upstreams[0].provider must be one of`);
    expect(err).toContain(`api_key: ${"*".repeat(KEY.length)} }\n${" ".repeat(4 + 28)}^`);
    expect(err).toContain(`${bad}:3:1 projcts is not a known key; did you mean projects?`);
    expect(err).toContain("cannot be used: 4 problems, see above.");
    expect(err).not.toContain(KEY);
  });

  it("gives the same as JSON", async () => {
    const { code, out } = await run("config", "check", "--json", "-c", bad);
    expect(code).toBe(1);
    const { ok, problems } = JSON.parse(out) as { ok: boolean; problems: Array<{ line: number; code: string }> };
    expect(ok).toBe(false);
    expect(problems.map((one) => `${one.line} ${one.code}`)).toEqual([
      "1 missing",
      "2 wrong_value",
      "2 secret_plain",
      "3 unknown_key",
    ]);
  });
});

describe("config print and schema, gateway --check", () => {
  it("prints what is in force, masked", async () => {
    const { code, out } = await run("config", "print", "-c", good);
    expect(code).toBe(0);
    expect(out).toContain("api_key: sk-a…cdef");
    expect(out).toContain("hold: first-content");
    const json = await run("config", "print", "--json", "-c", good);
    expect(JSON.parse(json.out)).toMatchObject({ timeouts: { connect: "5s" } });
    expect((await run("config", "print", "-c", bad)).code).toBe(1);
  });

  it("prints the JSON Schema", async () => {
    const { code, out } = await run("config", "schema");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: "fairlead.yaml", required: ["upstreams", "projects"] });
  });

  it("checks for the gateway too, and names a file that is not there", async () => {
    expect(await run("gateway", "--check", "-c", good)).toMatchObject({
      code: 0,
      out: expect.stringContaining("is fine"),
    });
    const none = await run("gateway", "-c", join(folder, "none.yaml"));
    expect(none.code).toBe(1);
    expect(none.err).toContain("there is no such file; make it, or name another with -c");
  });
});
