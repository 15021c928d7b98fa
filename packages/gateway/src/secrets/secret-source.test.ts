// Tests of a secret that changes: the last good value is kept, many refusals cost one reading, old and new overlap.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualRuntime } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { AwsSecretsManager } from "./aws-secrets-manager.ts";
import { SecretBook } from "./secret-book.ts";
import { readManaged } from "./secret-reference.ts";
import { SecretSource } from "./secret-source.ts";

function source(values: Array<string | Error>) {
  const rt = virtualRuntime(1);
  const told: string[] = [];
  let reads = 0;
  const read = async () => {
    const value = values[Math.min(reads, values.length - 1)];
    reads += 1;
    if (typeof value !== "string") throw value;
    return value;
  };
  const one = new SecretSource("first", rt.clock, read, (result, message) => told.push(`${result} ${message}`.trim()));
  return { rt, one, told, reads: () => reads };
}

it("keeps the last good value when it cannot be read", async () => {
  const { one, told } = source([new Error("down"), "second"]);
  expect(await one.refresh()).toBe("failed");
  expect(one.current()).toBe("first");
  expect(await one.refresh()).toBe("changed");
  expect(one.current()).toBe("second");
  expect(told).toEqual(["failed down", "changed"]);
});

it("is read once for many refusals at once, and once a second after that", async () => {
  const { one, rt, reads } = source(["first"]);
  const tries = await Promise.all(Array.from({ length: 50 }, () => one.instead("first")));
  expect(tries.every((value) => value === undefined)).toBe(true);
  expect(reads()).toBe(1);
  await one.instead("first");
  expect(reads()).toBe(1);
  await rt.clock.advance(1_000);
  await one.instead("first");
  expect(reads()).toBe(2);
});

it("offers the value of before for a while after a change, uses it while it works, and then the new one again", async () => {
  const { one, rt } = source(["second"]);
  await one.refresh();
  expect(await one.instead("second")).toBe("first");
  one.accepted("first");
  expect(one.current()).toBe("first");
  // Refused in its turn: the newer one is tried.
  expect(await one.instead("first")).toBe("second");
  one.accepted("second");
  expect(one.current()).toBe("second");
  one.accepted("first");
  await rt.clock.advance(5_000);
  expect(one.current()).toBe("second");
  await rt.clock.advance(900_000);
  expect(await one.instead("second")).toBeUndefined();
});

it("a request that went out with the old value gets the new one without a reading", async () => {
  const { one, reads } = source(["second"]);
  await one.refresh();
  expect(await one.instead("first")).toBe("second");
  expect(reads()).toBe(1);
});

it("learns what a load of the configuration read, and keeps the value of before at hand", async () => {
  const { one, told } = source(["second"]);
  one.learn("first");
  expect(told).toEqual([]);
  one.learn("second");
  expect(told).toEqual(["changed"]);
  expect(one.current()).toBe("second");
  expect(await one.instead("second")).toBe("first");
});

it("a book sees a file change, and tells of a row of failures once", async () => {
  const rt = virtualRuntime(2);
  const folder = mkdtempSync(join(tmpdir(), "fairlead-book-"));
  const path = join(folder, "k");
  writeFileSync(path, "one\n");
  const told: string[] = [];
  const changed: string[] = [];
  const book = new SecretBook({ refresh: 60_000, file_check: 1_000, timeout: 1_000 }, rt, {
    read: (origin, result, reference, message) =>
      told.push(`${origin} ${result} ${reference} ${message === "" ? "" : "why"}`),
    changed: (reference) => changed.push(reference),
  });
  const one = book.source({ kind: "file", text: "file:k", path }, "one");
  try {
    writeFileSync(path, "# a comment\ntwo\n");
    await rt.clock.advance(1_000);
    expect(one.current()).toBe("two");
    expect(changed).toEqual(["file:k"]);
    rmSync(path);
    await rt.clock.advance(5_000);
    expect(one.current()).toBe("two");
    expect(told.filter((line) => line.endsWith("why"))).toHaveLength(1);
    expect(book.ages()[0]?.seconds).toBeGreaterThanOrEqual(4);
    writeFileSync(path, "three");
    await rt.clock.advance(1_000);
    expect(one.current()).toBe("three");
    book.close();
    writeFileSync(path, "four");
    await rt.clock.advance(10_000);
    expect(one.current()).toBe("three");
  } finally {
    book.close();
    rmSync(folder, { recursive: true });
  }
});

it("says how to install the AWS SDK when it is not there", async () => {
  const ref = readManaged("aws-sm:x");
  if ("message" in ref || ref.kind !== "aws-sm") throw new Error("no reference");
  const manager = new AwsSecretsManager({ timeoutMs: 1_000 }, virtualRuntime(1).clock, () =>
    Promise.reject(new Error("Cannot find package")),
  );
  await expect(manager.read(ref)).rejects.toMatchObject({
    code: "not_installed",
    message: expect.stringContaining("npm install @aws-sdk/client-secrets-manager"),
  });
});
