// Counts of what runs: what was written stands, in few bytes, whatever becomes of the file.

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Spool } from "./spool.ts";
import { type Counted, readTally, TALLY_FILE, TallyFile } from "./tally-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tally-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const id = (n: number) => `att_${String(n).padStart(20, "0")}`;

describe("the counts", () => {
  test("of any takes, counts and releases: each that runs has its last one, once they are written", () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant("take" as const), n: fc.nat(400) }),
      fc.record({ what: fc.constant("set" as const), n: fc.nat(400), count: fc.nat(1e6), ms: fc.nat(1e6) }),
      fc.record({ what: fc.constant("release" as const), n: fc.nat(400) }),
      fc.record({ what: fc.constant("write" as const), n: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const tally = new TallyFile(folder);
        const places = new Map<number, number>();
        const counts = new Map<string, Counted>();
        for (const one of steps) {
          const place = places.get(one.n);
          if (one.what === "write") tally.write();
          else if (one.what === "take" && place === undefined) places.set(one.n, tally.take(id(one.n)));
          else if (one.what === "set" && place !== undefined) {
            tally.set(place, one.count, one.ms);
            counts.set(id(one.n), { count: one.count, ms: one.ms });
          } else if (one.what === "release" && place !== undefined) {
            tally.release(place);
            places.delete(one.n);
            counts.delete(id(one.n));
          }
        }
        tally.write();
        tally.close();
        const read = readTally(folder);
        for (const [name, counted] of counts) expect(read.get(name)).toEqual(counted);
        rmSync(join(folder, TALLY_FILE), { force: true });
      }),
      { numRuns: 100 },
    );
  });

  test("use places again: the file is as long as the most that ran at once", () => {
    const tally = new TallyFile(folder);
    for (let i = 0; i < 1_000; i++) {
      const place = tally.take(id(i));
      tally.set(place, i, 1);
      tally.write();
      tally.release(place);
    }
    expect(statSync(join(folder, TALLY_FILE)).size).toBe(32);
    tally.close();
  });

  test("a file that was torn, or is another, gives what is whole in it", () => {
    const tally = new TallyFile(folder);
    for (const n of [1, 2, 3]) tally.set(tally.take(id(n)), n * 10, n);
    tally.write();
    tally.close();
    truncateSync(join(folder, TALLY_FILE), 80);
    expect([...readTally(folder)]).toEqual([
      [id(1), { count: 10, ms: 1 }],
      [id(2), { count: 20, ms: 2 }],
    ]);
    writeFileSync(join(folder, TALLY_FILE), "");
    expect(readTally(folder).size).toBe(0);
    expect(readTally(join(folder, "none")).size).toBe(0);
  });

  test("a disk that does not take them is no error; once it does, all of them stand there", () => {
    const home = join(folder, "home");
    const tally = new TallyFile(home);
    tally.set(tally.take(id(1)), 10, 1);
    tally.write();
    mkdirSync(home);
    tally.set(tally.take(id(2)), 20, 2);
    tally.write();
    expect(readTally(home).size).toBe(2);
    rmSync(home, { recursive: true });
    mkdirSync(home);
    tally.again();
    tally.write();
    expect(readTally(home).size).toBe(2);
    tally.close();
  });
});

test("a spool hands over what a dead process counted, and a folder with counts alone is cleared away", async () => {
  const dead = new Spool({ folder }, virtualRuntime("dead"));
  dead.append("running");
  dead.tally.set(dead.tally.take(id(7)), 70, 7);
  dead.tally.write();
  const [name] = readdirSync(folder);
  renameSync(join(folder, name ?? ""), join(folder, "free-1"));
  mkdirSync(join(folder, "free-2"));
  writeFileSync(join(folder, "free-2", TALLY_FILE), "left over");
  const heard: Array<readonly [string, Counted]> = [];
  const next = new Spool(
    {
      folder,
      adopted: (segments, counts) => {
        heard.push(...counts);
        for (const segment of segments) segment.remove();
      },
    },
    virtualRuntime("next"),
  );
  expect(heard).toEqual([[id(7), { count: 70, ms: 7 }]]);
  await next.close();
  dead.tally.close();
  expect(readdirSync(folder)).toEqual([]);
});
