// fairlead config against a running gateway: what is in force, applied, tried, rolled back.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Program, runHere, start } from "../../testing/program.ts";

const KEY = "sk-ant-0123456789abcdef";
let folder = "";
let gateway: Program;
let admin = "";

const textOf = (attempts: number) =>
  `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [{ name: a, provider: anthropic, base_url: "http://127.0.0.1:1", api_key: "\${KEY}" }]\nprojects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]\nretry: { attempts: ${attempts} }\n`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-revisions-"));
  writeFileSync(join(folder, "fairlead.yaml"), textOf(3));
  gateway = start(["gateway"], { folder, env: { KEY } });
  admin = /admin ([^"\s]+)/.exec(await gateway.firstLine)?.[1] ?? "";
});
afterAll(async () => {
  gateway.child.kill("SIGTERM");
  await gateway.ended;
  rmSync(folder, { recursive: true, force: true });
});
const run = (...args: string[]) =>
  runHere(["config", ...args, "--admin", admin], { folder, env: { KEY, HOME: folder } });

it("applies, lists, compares, tries, promotes and rolls back, and refuses with every reason", async () => {
  expect((await run("status")).out).toMatch(/^revision 1 \([0-9a-f]{12}\) from file, mode file\n {2}\S+: revision 1/);
  writeFileSync(join(folder, "new.yaml"), textOf(5));
  const applied = await run(
    "apply",
    "new.yaml".replace("new", join(folder, "new")),
    "--expect",
    "1",
    "--reason",
    "more tries",
  );
  expect(applied).toMatchObject({ code: 0, err: "" });
  expect(applied.out).toMatch(/^ {3}2 {2}active .* more tries\n$/);
  expect(readFileSync(join(folder, "fairlead.yaml"), "utf8")).toBe(textOf(5));
  expect((await run("diff", "1", "2")).out).toBe("retry.attempts: 5 -> 3\n");
  expect((await run("list")).out.split("\n").map((line) => line.slice(0, 18).trim())).toEqual([
    "2  active",
    "1  superseded",
    "",
  ]);
  const [newest] = JSON.parse((await run("list", "--json")).out).revisions;
  expect(newest).toMatchObject({ id: "2", reason: "more tries" });
  expect(JSON.parse((await run("status", "--json")).out).revision).toEqual(newest);
  expect((await run("show", "1")).out).toBe(textOf(3).replace("fl-dev-0123456789abcdef", "fl-dev-****"));

  const late = await run("apply", join(folder, "new.yaml"), "--expect", "1");
  expect(late).toMatchObject({ code: 1, err: expect.stringContaining("The revision in force is 2, not 1") });
  writeFileSync(join(folder, "bad.yaml"), `${textOf(5)}retries: 1\n`);
  const bad = await run("apply", join(folder, "bad.yaml"));
  expect(bad).toMatchObject({ code: 1, err: expect.stringContaining("line 6: retries is not a known key") });
  expect((await run("rollback", "77")).err).toBe(
    "fairlead: There is no revision 77. fairlead config list shows them.\n",
  );
  writeFileSync(join(folder, "bad.yaml"), textOf(5).replace("127.0.0.1:0", "127.0.0.1:9"));
  expect((await run("apply", join(folder, "bad.yaml"))).err).toMatch(
    /^fairlead: The configuration has one problem and nothing was changed\. listen \(127\.0\.0\.1:0 is in force/,
  );

  writeFileSync(join(folder, "new.yaml"), textOf(6));
  const tried = await run("apply", join(folder, "new.yaml"), "--canary", "10");
  expect(tried.code).toBe(0);
  // A file's text has no number before it is in force: it goes by the beginning of its hash, as in the log.
  const hash = createHash("sha256").update(textOf(6)).digest("hex").slice(0, 12);
  expect(tried.out).toMatch(new RegExp(`^${hash}  canary on 10 %`));
  expect((await run("status")).out).toContain(`on trial: ${hash} with 10 % of the requests`);
  expect((await run("promote")).code).toBe(0);
  expect((await run("status")).out).not.toContain("on trial");
  expect((await run("abort")).err).toContain("No configuration is on trial");
  expect((await run("rollback")).code).toBe(0);
  expect(readFileSync(join(folder, "fairlead.yaml"), "utf8")).toBe(textOf(5));
  expect((await run("reload")).out).toBe("unchanged\n");
  expect((await run("status", "--json")).out).toContain('"mode": "file"');

  gateway.child.kill("SIGHUP");
  writeFileSync(join(folder, "fairlead.yaml"), textOf(7).replace("127.0.0.1:0\nadmin", "127.0.0.1:1\nadmin"));
  expect((await run("reload")).err).toContain("cannot change without a restart");
});
