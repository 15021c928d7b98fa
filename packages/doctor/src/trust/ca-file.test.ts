// Looking into files of roots: everything that can be wrong with one.

import { beforeAll, expect, it } from "vitest";
import { fakeMachine } from "../../testing/fake-machine.ts";
import { derOf, type TestPki, testPki } from "../../testing/tls-pki.ts";
import type { Machine } from "../machine.ts";
import { examine } from "./ca-file.ts";

const NOW = Date.now();
let pki: TestPki;
beforeAll(() => {
  pki = testPki();
});

function look(content: string | Uint8Array) {
  const machine: Machine = { ...fakeMachine({ files: { "/ca": "x" } }), readBytes: () => Buffer.from(content) };
  return examine(machine, "/ca", NOW);
}

it("finds what is wrong with a file", () => {
  expect(look(pki.root)).toMatchObject({ certificates: 1, subjects: ["Test Root"] });
  expect(look(pki.root).problem).toBeUndefined();
  expect(look(pki.root + pki.intermediate)).toMatchObject({ certificates: 2 });
  expect(look(derOf(pki.root)[0] ?? "")).toMatchObject({ problem: "der", subjects: ["Test Root"] });
  expect(look(Buffer.from("3082000102", "hex"))).toMatchObject({ problem: "no-certificate", detail: "pkcs12" });
  expect(look(Buffer.from(`\ufeff${pki.root}`, "utf16le"))).toMatchObject({ problem: "broken-pem", detail: "utf-16" });
  expect(look(`\ufeff${pki.root}`)).toMatchObject({ problem: "broken-pem", detail: "bom" });
  expect(look(pki.root.slice(0, -60))).toMatchObject({ problem: "broken-pem" });
  expect(look(pki.root.replace("MII", "!!!"))).toMatchObject({ problem: "broken-pem" });
  expect(look("")).toMatchObject({ problem: "no-certificate", detail: "empty" });
  expect(look(pki.key)).toMatchObject({ problem: "no-certificate", detail: "private-key" });
  expect(look("<!doctype html><p>Sign in")).toMatchObject({ problem: "no-certificate", detail: "html" });
  expect(look(pki.leaf)).toMatchObject({ problem: "not-a-ca" });
  // A server's own certificate, signed by itself, may be trusted as it is.
  expect(look(pki.selfSigned).problem).toBeUndefined();
  expect(look(pki.expired + pki.leaf)).toMatchObject({ problem: "not-a-ca" });
});

it("finds what is wrong with a path", () => {
  const machine = fakeMachine({ files: { "/etc/folder/x": "x", "/home/mallory/work/here.pem": pki.root } });
  expect(examine(machine, "/nowhere.pem", NOW)).toMatchObject({ problem: "missing", detail: "ENOENT" });
  expect(examine(machine, "~/ca.pem", NOW)).toMatchObject({ problem: "missing", detail: "tilde" });
  expect(examine(machine, "$HOME/ca.pem", NOW)).toMatchObject({ problem: "missing", detail: "tilde" });
  expect(examine(machine, "/etc/folder", NOW)).toMatchObject({ problem: "folder" });
  expect(examine(machine, "here.pem", NOW).problem).toBeUndefined();
  const locked: Machine = { ...machine, statOf: () => ({ error: "EACCES" }) };
  expect(examine(locked, "/ca", NOW)).toMatchObject({ problem: "unreadable", detail: "EACCES" });
});
