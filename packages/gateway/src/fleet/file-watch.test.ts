// The watch over files: each way in which a file is changed in the field.

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "@fairlead/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileWatch } from "./file-watch.ts";

let folder = "";
let file = "";
let heard: string[][] = [];
let watch: FileWatch;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-watch-"));
  file = join(folder, "fairlead.yaml");
  writeFileSync(file, "one");
  heard = [];
  watch = new FileWatch(systemClock(), (files) => heard.push([...files]), { pollMs: 200, settleMs: 120 });
  await watch.watch([file]);
});
afterEach(() => {
  watch.close();
  rmSync(folder, { recursive: true, force: true });
});

async function told(times: number): Promise<void> {
  const until = performance.now() + 5_000;
  while (heard.length < times && performance.now() < until) await sleep(10);
  expect(heard).toHaveLength(times);
}

describe("file watch", () => {
  it("hears of a file written in place, by rename, and taken away", async () => {
    writeFileSync(file, "two");
    await told(1);
    writeFileSync(`${file}.swp`, "three");
    renameSync(`${file}.swp`, file);
    await told(2);
    rmSync(file);
    await told(3);
    writeFileSync(file, "four");
    await told(4);
    expect(heard.flat()).toEqual([file, file, file, file]);
  });

  it("hears of the same size at the same time stamp, and not of the same content at another", async () => {
    const stamp = new Date(1_700_000_000_000);
    utimesSync(file, stamp, stamp);
    await sleep(300);
    expect(heard).toEqual([]);
    writeFileSync(file, "two");
    utimesSync(file, stamp, stamp);
    await told(1);
  });

  it("waits until a file that is written in pieces has come to rest", async () => {
    for (let i = 0; i < 6; i++) {
      appendFileSync(file, `${i}`);
      await sleep(50);
    }
    expect(heard).toEqual([]);
    await told(1);
  });

  it("hears of links that are switched, as a ConfigMap does it", async () => {
    mkdirSync(join(folder, "..v1"));
    mkdirSync(join(folder, "..v2"));
    writeFileSync(join(folder, "..v1", "map.yaml"), "one");
    writeFileSync(join(folder, "..v2", "map.yaml"), "two");
    symlinkSync("..v1", join(folder, "..data"));
    symlinkSync("..data/map.yaml", join(folder, "map.yaml"));
    await watch.watch([join(folder, "map.yaml")]);
    symlinkSync("..v2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    await told(1);
    expect(heard[0]).toEqual([join(folder, "map.yaml")]);
  });

  it("says nothing of a change that was taken back before it came to rest", async () => {
    writeFileSync(file, "two");
    await sleep(30);
    writeFileSync(file, "one");
    await sleep(500);
    expect(heard).toEqual([]);
  });
});
