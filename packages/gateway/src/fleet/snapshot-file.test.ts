// The snapshot on disk: what is not whole does not count.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SnapshotFile } from "./snapshot-file.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-snapshot-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("snapshot", () => {
  it("gives back what was written last, for its owner alone", async () => {
    const file = new SnapshotFile<{ text: string; gone?: undefined }>(join(folder, "deep", "a.json"), "thing");
    expect(await file.read()).toEqual({ is: "missing" });
    await Promise.all([file.write({ text: "one" }, 1), file.write({ text: "two", gone: undefined }, 2)]);
    expect(await file.read()).toEqual({ is: "whole", at: 2, value: { text: "two" } });
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "deep")).mode & 0o077).toBe(0);
  });

  it("refuses every torn form of itself and every changed letter, and says why", async () => {
    const file = new SnapshotFile<{ text: string }>(join(folder, "b.json"), "thing");
    await file.write({ text: "one" }, 7);
    const whole = readFileSync(file.path);
    for (let cut = 0; cut < whole.length; cut++) {
      writeFileSync(file.path, whole.subarray(0, cut));
      expect((await file.read()).is).toBe("corrupt");
    }
    for (let i = 0; i < whole.length; i++) {
      const other = Buffer.from(whole);
      other[i] = (other[i] ?? 0) ^ 1;
      writeFileSync(file.path, other);
      expect((await file.read()).is).toBe("corrupt");
    }
    writeFileSync(file.path, whole);
    expect((await file.read()).is).toBe("whole");
    expect(await new SnapshotFile(file.path, "other").read()).toEqual({ is: "corrupt", why: "it holds no other" });
    writeFileSync(file.path, whole.toString().replace('"form":1', '"form":2'));
    expect(await file.read()).toMatchObject({ why: "its form 2 is not known to this version" });
  });
});
