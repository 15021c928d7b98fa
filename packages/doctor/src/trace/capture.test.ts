// Tests the capture with stand-ins for tcpdump: one that works, one that may not, none at all.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, expect, test } from "vitest";
import { fakeMachine } from "../../testing/fake-machine.ts";
import { beginCapture } from "./capture.ts";

const folder = mkdtempSync(join(tmpdir(), "doctor-capture-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tool(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function machineWith(command: string | undefined) {
  return { ...fakeMachine(), findCommand: (name: string) => (name === "tcpdump" ? command : undefined) };
}

test("captures only the addresses that are asked for, and is told to end", async () => {
  const seen = join(folder, "seen");
  const command = tool(
    "works",
    `echo "$@" > ${seen}; trap 'echo ended >> ${seen}; exit 0' INT; echo "tcpdump: listening on any" >&2; while :; do sleep 0.05; done`,
  );
  const capture = await beginCapture("/x.pcap", ["192.0.2.1", "2001:db8::1"], machineWith(command), systemRuntime());
  if (!("tool" in capture)) throw new Error(capture.en);
  await capture.end();
  const text = readFileSync(seen, "utf8");
  expect(text).toContain("-w /x.pcap");
  expect(text).toContain("host 192.0.2.1 or host 2001:db8::1");
  expect(text).toContain("ended");
});

test("one that may not capture gives its reason", async () => {
  const command = tool("refused", `echo "tcpdump: any: You don't have permission to perform this capture" >&2; exit 1`);
  const capture = await beginCapture("/x.pcap", ["192.0.2.1"], machineWith(command), systemRuntime());
  expect(capture).toMatchObject({
    en: expect.stringContaining("permission"),
    zh: expect.stringContaining("permission"),
  });
});

test("without a tool, or without an address, it says so", async () => {
  const none = await beginCapture("/x.pcap", ["192.0.2.1"], machineWith(undefined), systemRuntime());
  expect(none).toMatchObject({ en: expect.stringContaining("installed") });
  const nowhere = await beginCapture("/x.pcap", [], machineWith("/bin/true"), systemRuntime());
  expect(nowhere).toMatchObject({ en: expect.stringContaining("not known") });
});
