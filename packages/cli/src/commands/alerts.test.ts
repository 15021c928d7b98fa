// Tests of `fairlead alerts test` against a local target.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { main } from "../main.ts";
import type { Terminal } from "../terminal.ts";

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-alerts-"));
  server = createServer((req, res) => {
    req.resume();
    res.writeHead(req.url === "/good-0123456789" ? 200 : 404);
    res.end(req.url === "/good-0123456789" ? "ok" : "no_service");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    join(folder, "f.yaml"),
    `store: "memory:"
upstreams: [{ name: a, provider: anthropic, api_key: "\${KEY}" }]
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
alerts: { targets: [{ name: ops, kind: slack, url: "\${GOOD}" }, { name: old, kind: slack, url: "\${BAD}" }] }
`,
  );
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: { write: (text: string) => out.push(text), isTTY: false },
    err: { write: (text: string) => err.push(text), isTTY: false },
    env: { KEY: "sk-ant-0123456789abcdef", GOOD: `${url}/good-0123456789`, BAD: `${url}/bad-0123456789ab` },
  } as never;
  const code = await main(["alerts", "test", ...args, "-c", join(folder, "f.yaml")], terminal);
  return { code, out: out.join(""), err: err.join("") };
}

it("prints what each target said, and ends with 1 when one did not take it", async () => {
  const { code, out } = await run();
  expect(out).toBe("sent    ops (slack): ok\nfailed  old (slack): status 404: no_service\n");
  expect(code).toBe(1);
});

it("sends to one target, and knows its names", async () => {
  expect(await run("ops")).toMatchObject({ code: 0, out: "sent    ops (slack): ok\n" });
  expect(await run("none")).toMatchObject({ code: 2, err: expect.stringContaining("targets are: ops, old") });
  const { out } = await run("ops", "--json");
  expect(JSON.parse(out)).toEqual([{ target: "ops", kind: "slack", ok: true, status: 200, said: "ok" }]);
});
