// Tests of the package that is published: it installs with nothing else, and runs on the oldest Node and on ours.

import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleClient } from "../bundle.mjs";

const ROOT = join(import.meta.dirname, "../../..");
const place = mkdtempSync(join(tmpdir(), "fairlead-pack-"));
const app = join(place, "app");
let server: Server;
let calls = 0;

beforeAll(async () => {
  await bundleClient(join(place, "pack"));
  run("npm", ["pack", "--pack-destination", place], join(place, "pack"));
  const tarball = readdirSync(place).find((name) => name.endsWith(".tgz"));
  run("mkdir", ["app"], place);
  writeFileSync(join(app, "package.json"), '{ "name": "app", "private": true, "type": "module" }');
  // Offline and with an empty cache: whatever else it needed, it could not get.
  const install = [
    "install",
    join(place, tarball ?? ""),
    "--offline",
    "--cache",
    join(place, "cache"),
    "--no-audit",
    "--no-fund",
  ];
  run("npm", install, app);
  server = createServer((req, res) => {
    calls += 1;
    if (calls % 2 === 1) {
      req.socket.destroy();
      return;
    }
    res.writeHead(200, { "content-type": "text/event-stream" });
    const frame = (name: string, data: object) =>
      `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
    res.write(
      frame("message_start", { message: { id: "msg", model: "m", usage: { input_tokens: 1, output_tokens: 1 } } }),
    );
    res.write(frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "hello" } }));
    res.write(frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }));
    res.end(frame("message_stop", {}));
  });
  // Longer than a program may take: an idle connection must not keep it alive.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
}, 120_000);

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(place, { recursive: true, force: true });
});

test("installs with nothing else", () => {
  const modules = join(app, "node_modules");
  expect(readdirSync(modules).filter((name) => !name.startsWith("."))).toEqual(["@fairlead"]);
  expect(readdirSync(join(modules, "@fairlead"))).toEqual(["client"]);
  const manifest = JSON.parse(readFileSync(join(modules, "@fairlead/client/package.json"), "utf8"));
  expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  expect(manifest.engines.node).toBe(">=20.19");
});

test.each(nodes())("survives a lost connection, and exits when done, on Node %s", async (version, node) => {
  calls = 0;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    join(app, "run.mjs"),
    `import { createFetch, resilience } from "@fairlead/client";
     const fetch = createFetch();
     const body = JSON.stringify({ model: "m", stream: true, max_tokens: 9, messages: [] });
     const answer = await fetch("${url}/v1/messages", { method: "POST", body });
     const text = await answer.text();
     const { sinceStart } = fetch.snapshot();
     console.log(JSON.stringify({ node: process.version, status: answer.status, whole: text.includes("message_stop"),
       attempts: answer.headers.get("fairlead-attempts"), output: sinceStart.tokens.output, middleware: typeof resilience() }));`,
  );
  const out = await runAside(node, ["run.mjs"], app);
  const { node: ran, ...result } = JSON.parse(out);
  expect(ran).toBe(version);
  expect(result).toEqual({ status: 200, whole: true, attempts: "2", output: 2, middleware: "function" });
});

test("its declarations stand on their own under strict checks", () => {
  writeFileSync(
    join(app, "use.ts"),
    `import { createFetch, resilience, type Snapshot, type SdkRequest } from "@fairlead/client";
     const fetch: typeof globalThis.fetch = createFetch({ retry: { attempts: 2 }, timeouts: { idle: "5s" } });
     const shot: Snapshot = createFetch().snapshot();
     const p99: number = shot.window.totalMs.p99;
     // @ts-expect-error an option that is none
     createFetch({ retries: 3 });
     // @ts-expect-error a word that is none
     createFetch({ recover: { hold: "some" } });
     type Request = SdkRequest & { body: string };
     const middleware: (r: Request, next: (r: Request) => Promise<Response>, ctx: object) => Promise<Response> = resilience();
     export { fetch, middleware, p99 };`,
  );
  const tsc = join(ROOT, "node_modules/typescript7/bin/tsc");
  const options = ["--strict", "--noEmit", "--target", "es2023", "--module", "nodenext", "--types", "node"];
  run(process.execPath, [tsc, ...options, "--typeRoots", join(ROOT, "node_modules/@types"), "use.ts"], app);
});

/** The Node that runs this test, and the machine's own when it is another one. */
function nodes(): [version: string, path: string][] {
  const list: [string, string][] = [[process.version, process.execPath]];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder.includes("node_modules")) continue;
    const found = spawnSync(join(folder, "node"), ["--version"], { encoding: "utf8" });
    if (found.status !== 0) continue;
    const version = found.stdout.trim();
    if (version !== process.version) list.push([version, join(folder, "node")]);
    break;
  }
  return list;
}

function run(command: string, args: readonly string[], cwd: string): void {
  const done = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 60_000 });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(" ")}: ${done.error ?? ""}\n${done.stdout}${done.stderr}`);
}

/** Runs beside this process, whose server must answer meanwhile. */
function runAside(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd, timeout: 30_000 }, (e, stdout, stderr) =>
      e === null ? resolve(stdout) : reject(new Error(`${e.message}\n${stderr}`)),
    );
  });
}
