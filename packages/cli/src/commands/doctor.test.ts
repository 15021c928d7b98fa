// fairlead doctor: everything passes through to the doctor, and what it says passes back.

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { run, runHere } from "../../testing/program.ts";

const around = { folder: tmpdir(), env: { LANG: "en_US.UTF-8" } };

test("its help is the doctor's own, under the name that it was called by", async () => {
  const { code, out } = await runHere(["doctor", "--help"], around);
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: fairlead doctor /);
  expect(out).toContain("--public-roots");
  expect((await runHere(["doctor", "explain", "--help"], around)).out).toContain("fairlead doctor explain");
});

test("options, errors and exit codes pass through, the language of the environment too", async () => {
  expect(await runHere(["doctor", "--tagret", "x"], around)).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining("--target"),
  });
  expect((await runHere(["doctor", "--help"], { ...around, env: { LC_ALL: "zh_CN.UTF-8" } })).out).toMatch(/^用法/);
  expect(await runHere(["doctor", "explain", "the weather is fine"], around)).toMatchObject({ code: 1 });
});

test("as a process it prints JSON and ends with the doctor's exit code", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const { code, out } = await run(["doctor", "--json", "--as", "node", "--target", `http://127.0.0.1:${port}`], around);
  expect(JSON.parse(out)).toMatchObject({ schema: "fairlead.doctor/1", state: "broken" });
  expect(code).toBe(1);
});
