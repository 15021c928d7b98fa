// Claude Code with `fairlead token` as its apiKeyHelper: signed in once, a fresh token for each run, and a new one when one is ended.

import { spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CleanRoom, cleanRoom, resultOf } from "./claude-code.ts";
import { startWorld, type World } from "./world.ts";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/fairlead.js", import.meta.url));

let world: World;
let room: CleanRoom;
let home = "";
beforeAll(async () => {
  world = await startWorld();
  room = await cleanRoom(world.gateway.url);
  home = await mkdtemp(join(tmpdir(), "fairlead-helper-"));
});
afterAll(async () => {
  await room?.remove();
  await world.close();
  await rm(home, { recursive: true, force: true });
});

/** Signs in as a person does, and approves what the program shows. */
function signIn(): Promise<number | null> {
  const child = spawn(
    process.execPath,
    ["--conditions=source", BIN, "token", "--url", world.gateway.url, "--sign-in"],
    {
      env: { PATH: process.env.PATH ?? "", HOME: home },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  let approved = false;
  child.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString();
    const code = /approve the code ([A-Z]{4}-[A-Z]{4})/.exec(said)?.[1];
    if (code === undefined || approved) return;
    approved = true;
    const project = world.gateway.identity.devices;
    project.approve(code, { actor: "user:ada" }, "clients").catch((e: Error) => child.emit("error", e));
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}

test("a prompt is answered with the helper's token, and again after that token was ended", async () => {
  expect(await signIn()).toBe(0);
  const helper = join(home, "helper.sh");
  const node = `HOME=${home} exec ${process.execPath} --conditions=source ${BIN}`;
  writeFileSync(helper, `#!/bin/sh\n${node} token --url ${world.gateway.url}\n`);
  chmodSync(helper, 0o700);
  const settings = JSON.stringify({ apiKeyHelper: helper });
  const ask = (prompt: string, env: Record<string, string> = {}) =>
    room.start(["-p", prompt, "--output-format", "json", "--settings", settings], env).ended;

  expect(resultOf(await ask("say: by helper"))).toMatchObject({ is_error: false, result: "by helper" });
  expect(resultOf(await ask("say: once more"))).toMatchObject({ is_error: false, result: "once more" });
  for (const entry of world.received("/v1/messages")) expect(JSON.stringify(entry)).not.toContain("eyJ");

  // Ended at the gateway: the helper has nothing to give, and Claude Code says so instead of going round in circles.
  await world.gateway.identity.families.endActor("user:ada", { actor: "user:ops" });
  const after = await ask("say: too late", { CLAUDE_CODE_MAX_RETRIES: "0" });
  expect(after.code).toBe(1);
  expect(`${after.out}${after.err}`).toMatch(/apiKeyHelper failed|Failed to authenticate/);
}, 120_000);
