// The spool: nothing whole is lost, nothing torn is read, whatever the process died of.

import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreError } from "../store-error.ts";
import { crc32c } from "./crc32c.ts";
import { BEAT_MS } from "./instance-folder.ts";
import { MAX_PAYLOAD, putRecord, SEGMENT_HEADER, scanRecords } from "./record-frame.ts";
import { diskError, mendSegment, readSegment, type SpoolReport } from "./segment-file.ts";
import { Spool, type SpoolOptions, type SpoolSegment } from "./spool.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spool-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let opened = 0;
function open(options: Partial<SpoolOptions> = {}, rt = virtualRuntime(`spool ${++opened}`)): Spool {
  return new Spool({ folder, ...options }, rt);
}

/** What a next process finds. */
function found(options: Partial<SpoolOptions> = {}): { spool: Spool; records: string[]; reports: SpoolReport[] } {
  const records: string[] = [];
  const reports: SpoolReport[] = [];
  const adopted = (segments: readonly SpoolSegment[]) => {
    for (const segment of segments) records.push(...segment.read());
  };
  const spool = open({ adopted, report: (report) => reports.push(report), ...options });
  return { spool, records, reports };
}

function bytesOf(payloads: readonly string[]): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER.length + payloads.reduce((sum, one) => sum + one.length * 3 + 64, 0));
  SEGMENT_HEADER.copy(bytes);
  let at = SEGMENT_HEADER.length;
  for (const one of payloads) at = putRecord(bytes, at, one);
  return bytes.subarray(0, at);
}

const texts = (bytes: Buffer) => scanRecords(bytes).payloads.map(([from, to]) => bytes.toString("utf8", from, to));

describe("crc32c", () => {
  test("is Castagnoli's: the examples of RFC 3720, and in pieces", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from("56789"), crc32c(Buffer.from("1234")))).toBe(0xe3069283);
  });
});

describe("the form", () => {
  test("cut at every byte: all whole records before the cut are read, and nothing else", () => {
    const payloads = ["", "a", "ü€😀", JSON.stringify({ id: "att_1", n: 12 }), "x".repeat(200)];
    const bytes = bytesOf(payloads);
    const ends = payloads.map((_, i) => bytesOf(payloads.slice(0, i + 1)).length);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const scan = scanRecords(bytes.subarray(0, cut));
      const whole = ends.filter((end) => end <= cut).length;
      expect(texts(bytes.subarray(0, cut))).toEqual(payloads.slice(0, whole));
      expect(scan.bad).toEqual([]);
    }
  });

  test("one changed byte anywhere costs one record at most, and is told when records follow", () => {
    const payloads = ["first", "second record", "third"];
    const bytes = bytesOf(payloads);
    for (let at = SEGMENT_HEADER.length; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x41;
      const scan = scanRecords(changed);
      const got = texts(changed);
      expect(got).toHaveLength(2);
      expect(payloads.filter((one) => got.includes(one))).toHaveLength(2);
      expect(scan.bad.length + (scan.whole < changed.length ? 1 : 0)).toBe(1);
    }
  });

  test("any bytes at all are read without an error, and what was written comes back", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => void scanRecords(Buffer.from(noise))));
    const property = fc.property(
      fc.array(fc.string({ unit: "binary" })),
      fc.uint8Array({ maxLength: 40 }),
      (some, noise) => {
        const bytes = Buffer.concat([bytesOf(some), Buffer.from(noise)]);
        // Half a surrogate is no text: UTF-8 replaces it.
        expect(texts(bytes).slice(0, some.length)).toEqual(some.map((one) => one.toWellFormed()));
      },
    );
    fc.assert(property);
  });
});

describe("a spool", () => {
  test("gives the next process what the last one wrote, in order, and frees the place", async () => {
    const first = open({ segment: 200 });
    for (let i = 0; i < 50; i++) first.append(`record ${i}`);
    expect(first.segments).toBeGreaterThan(3);
    await first.close();
    const { spool, records, reports } = found();
    expect(records).toEqual(Array.from({ length: 50 }, (_, i) => `record ${i}`));
    expect(reports).toEqual([]);
    await spool.close();
    const again = found({
      adopted: (segments) => {
        for (const segment of segments) segment.remove();
      },
    });
    await again.spool.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("two at once are kept apart, and neither takes the other's", async () => {
    const one = open();
    one.append("mine");
    const two = found();
    expect(two.records).toEqual([]);
    two.spool.append("yours");
    await Promise.all([one.close(), two.spool.close()]);
    const { spool, records } = found();
    expect(records.sort()).toEqual(["mine", "yours"]);
    await spool.close();
  });

  test("a killed process loses nothing that append returned for; only one of the living takes its folder", async () => {
    const script = `
      import { Spool } from ${JSON.stringify(join(import.meta.dirname, "spool.ts"))};
      import { systemRuntime } from "@fairlead/runtime";
      const spool = new Spool({ folder: process.argv[1], segment: 4096 }, systemRuntime());
      for (let i = 0; ; i++) { spool.append("r" + i); if (i === 500) process.kill(process.pid, "SIGKILL"); }`;
    const node = process.execPath;
    const args = ["--conditions=source", "--input-type=module", "-e", script, folder];
    const run = spawnSync(node, args, { cwd: import.meta.dirname, encoding: "utf8" });
    expect(run.signal, run.stderr).toBe("SIGKILL");
    const one = found();
    const two = found();
    expect(one.records).toEqual(Array.from({ length: 501 }, (_, i) => `r${i}`));
    expect(two.records).toEqual([]);
    await Promise.all([one.spool.close(), two.spool.close()]);
  }, 20_000);

  test("killed in the middle of a write: the torn tail is cut off and told", () => {
    const dead = open();
    dead.append("whole");
    const path = segmentOf(folder);
    const bytes = readFileSync(path);
    appendFileSync(path, bytesOf(["torn in two"]).subarray(SEGMENT_HEADER.length, -3));
    const reports = mendSegment(path);
    expect(reports).toEqual([{ segment: "0000000001.wal", what: "torn", at: bytes.length, bytes: 20 }]);
    expect(readFileSync(path)).toEqual(bytes);
    expect(readSegment(path)).toEqual(["whole"]);
    appendFileSync(path, Buffer.alloc(4_096));
    expect(mendSegment(path)).toMatchObject([{ what: "torn", bytes: 4_096 }]);
  });

  test("a bad record in the middle is set aside and told, the others are kept", () => {
    const dead = open();
    for (const one of ["one", "two", "three"]) dead.append(one);
    const path = segmentOf(folder);
    const bytes = readFileSync(path);
    const at = bytes.indexOf("two");
    bytes[at] = 0;
    writeFileSync(path, bytes);
    const reports = mendSegment(path);
    expect(reports).toMatchObject([{ what: "bad", bytes: 15 }]);
    expect(readFileSync(reports[0]?.aside ?? "")).toEqual(bytes.subarray(at - 12, at + 3));
    expect(readSegment(path)).toEqual(["one", "three"]);
  });

  test("a segment of a newer form is not touched, but moved out of the way and told", async () => {
    const dead = open();
    dead.append("from the future");
    const path = segmentOf(folder);
    await dead.close();
    const free = readdirSync(folder)[0] as string;
    const file = join(folder, free, path.slice(-14));
    const bytes = readFileSync(file);
    bytes[SEGMENT_HEADER.length - 1] = 2;
    writeFileSync(file, bytes);
    expect(() => readSegment(file)).toThrow(/newer version/);
    const { spool, records, reports } = found();
    expect(records).toEqual([]);
    expect(readFileSync(reports[0]?.aside ?? "")).toEqual(bytes);
    await spool.close();
  });

  test("says how full it is", () => {
    const spool = open({ quota: 1_000, segment: 300 });
    expect(spool.level).toBe("well");
    while (spool.bytes < 800) spool.append("x".repeat(20));
    expect(spool.level).toBe("crowded");
    while (spool.bytes < 1_000) spool.append("x".repeat(20));
    expect(spool.level).toBe("full");
    // What is under way already is written all the same.
    spool.append("the end of an attempt");
  });

  test("a disk without space: half a record does not stay, clear words, and it works again by itself", () => {
    let broken = false;
    const spool = open({
      between: () => {
        if (broken) throw Object.assign(new Error("write"), { code: "ENOSPC" });
      },
      ...{},
    });
    spool.append("before");
    broken = true;
    expect(() => spool.append("lost?")).toThrow(/no space is left for the spool in .*data_dir/);
    expect([spool.level, spool.problem?.code]).toEqual(["failing", "full"]);
    broken = false;
    spool.append("after");
    expect(spool.level).toBe("well");
    expect(spool.active.read()).toEqual(["before", "after"]);
    expect(mendSegment(segmentOf(folder))).toEqual([]);
  });

  test.each([
    ["EROFS", "unavailable", /cannot be written \(EROFS\): give this user the right/],
    ["EACCES", "unavailable", /cannot be written \(EACCES\)/],
    ["EDQUOT", "full", /no space is left/],
    ["EIO", "unavailable", /does not work: eio/],
  ])("%s is %s in clear words", (code, kind, words) => {
    const error = diskError("/var/spool/i/1.wal", Object.assign(new Error("eio"), { code }));
    expect(error.code).toBe(kind);
    expect(error.message).toMatch(words);
  });

  test("a folder that cannot be made is told at once", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => open({ folder: join(folder, "file", "spool") })).toThrow(StoreError);
  });

  test("a record that is too long is refused, one of the longest is kept", () => {
    const spool = open();
    expect(() => spool.append("x".repeat(MAX_PAYLOAD + 1))).toThrow(/1048576 bytes at most/);
    expect(spool.level).toBe("well");
    spool.append("y".repeat(MAX_PAYLOAD));
    spool.append("z");
    expect(spool.active.read().map((one) => one.length)).toEqual([MAX_PAYLOAD, 1]);
  });

  test("a process of another machine is dead only after it was silent for two minutes", async () => {
    const rt = virtualRuntime("foreign");
    const foreign = join(folder, "i-0123456789ab-1-5-abcd");
    const other = open();
    other.append("theirs");
    await other.close();
    const { renameSync } = await import("node:fs");
    renameSync(join(folder, readdirSync(folder)[0] as string), foreign);
    const records: string[] = [];
    const spool = open({ adopted: (all) => records.push(...all.flatMap((one) => one.read())) }, rt);
    expect(records).toEqual([]);
    const past = new Date(Date.now() - 130_000);
    utimesSync(join(foreign, "alive"), past, past);
    await rt.clock.advance(BEAT_MS);
    expect(records).toEqual(["theirs"]);
    await spool.close();
  });

  test("who was taken for dead notices, and is asked to write again what counts", async () => {
    const rt = virtualRuntime("lost");
    let lost = 0;
    const spool = open({ lost: () => (lost += 1) }, rt);
    spool.append("one");
    const { renameSync } = await import("node:fs");
    renameSync(join(folder, readdirSync(folder)[0] as string), join(folder, "free-x"));
    await rt.clock.advance(BEAT_MS);
    expect(lost).toBe(1);
    spool.append("two");
    expect(spool.active.read()).toEqual(["two"]);
    await spool.close();
  });

  test("taken for dead while its folder cannot be made: no other file is written to, and it goes on once it can", async () => {
    const rt = virtualRuntime("nowhere");
    const root = join(folder, "spool");
    let lost = 0;
    const spool = open({ folder: root, lost: () => (lost += 1) }, rt);
    spool.append("one");
    rmSync(root, { recursive: true });
    writeFileSync(root, "a file in its place");
    await rt.clock.advance(BEAT_MS);
    // It gets the number of the file that was closed.
    const other = openSync(join(folder, "other"), "a");
    expect(() => spool.append("two")).toThrow(StoreError);
    closeSync(other);
    expect(readFileSync(join(folder, "other"), "utf8")).toBe("");
    expect([spool.level, lost]).toEqual(["failing", 0]);
    rmSync(root);
    spool.append("three");
    expect([spool.level, lost]).toEqual(["well", 1]);
    expect(spool.active.read()).toEqual(["three"]);
    await spool.close();
  });

  test("taken for dead while the disk is full: it goes on once there is room", async () => {
    const rt = virtualRuntime("no room");
    let broken = false;
    let lost = 0;
    const between = () => {
      if (broken) throw Object.assign(new Error("write"), { code: "ENOSPC" });
    };
    const spool = open({ between, lost: () => (lost += 1) }, rt);
    spool.append("one");
    rmSync(join(folder, readdirSync(folder)[0] as string), { recursive: true });
    broken = true;
    await rt.clock.advance(BEAT_MS);
    for (let i = 0; i < 5; i++) expect(() => spool.append("two")).toThrow(/no space is left/);
    broken = false;
    await rt.clock.advance(BEAT_MS);
    spool.append("three");
    expect([spool.level, lost]).toEqual(["well", 1]);
    expect(spool.active.read()).toEqual(["three"]);
    await spool.close();
  });

  test("taken for dead: a segment of before that is let go of takes none of those of now away", async () => {
    const rt = virtualRuntime("numbers");
    const spool = open({}, rt);
    const before = spool.append("one");
    spool.rotate();
    renameSync(join(folder, readdirSync(folder)[0] as string), join(folder, "free-x"));
    await rt.clock.advance(BEAT_MS);
    spool.append("two");
    before.remove();
    expect(spool.active.read()).toEqual(["two"]);
    await spool.close();
  });

  test("a full disk where a new segment is due: no try leaves a file behind", () => {
    let broken = false;
    const between = () => {
      if (broken) throw Object.assign(new Error("write"), { code: "ENOSPC" });
    };
    const spool = open({ between, segment: 20 });
    spool.append("the first fills its segment");
    const own = join(folder, readdirSync(folder)[0] as string);
    const before = readdirSync(own);
    broken = true;
    for (let i = 0; i < 5; i++) expect(() => spool.append("lost?")).toThrow(/no space is left/);
    expect(readdirSync(own)).toEqual(before);
    broken = false;
    expect(spool.append("second").read()).toEqual(["second"]);
  });

  test("asks the disk after 64 records or 5 ms, never while it is asked", async () => {
    const rt = virtualRuntime("sync");
    const spool = open({}, rt);
    for (let i = 0; i < 1_000; i++) spool.append("r");
    await spool.sync();
    spool.append("r");
    await rt.clock.advance(5);
    await spool.sync();
    await spool.close();
  });
});

/** The first segment of the only spool in a folder. */
function segmentOf(root: string): string {
  const own = readdirSync(root).find((name) => name.startsWith("i-")) as string;
  return join(root, own, "0000000001.wal");
}
