// A log that cannot be written stops nothing: what was lost is told when there is room again.

import { closeSync, openSync } from "node:fs";
import { expect, it } from "vitest";
import { LogOutlet, logTarget } from "./log-outlet.ts";

const TIME = "2026-01-01T00:00:00.000Z";

it("leaves out what a full disk does not take, and says how many lines when it does again", () => {
  let full = false;
  let text = "";
  const write = (some: string) => {
    if (!full) text += some;
    else {
      // A disk takes what it can first.
      text += some.slice(0, 3);
      throw new Error("ENOSPC: no space left on device, write");
    }
  };
  const outlet = new LogOutlet({ write, waiting: () => 0 }, () => TIME);
  outlet.write('{"n":1}\n');
  full = true;
  outlet.write('{"n":2}\n{"n":3}\n');
  full = false;
  outlet.write('{"n":4}\n');
  outlet.write('{"n":5}\n');
  const lines = text.trimEnd().split("\n");
  expect(lines).toEqual([
    '{"n":1}',
    '{"n',
    `{"time":"${TIME}","event":"log-lost","detail":"2 lines were lost: ENOSPC: no space left on device, write"}`,
    '{"n":4}',
    '{"n":5}',
  ]);
});

it("keeps 16 MB at most for a reader that does not read", () => {
  let waiting = 0;
  const written: string[] = [];
  const outlet = new LogOutlet({ write: (text) => written.push(text), waiting: () => waiting }, () => TIME);
  waiting = 16_777_217;
  for (let n = 0; n < 1_000; n++) outlet.write("a line\n");
  expect(written).toEqual([]);
  waiting = 0;
  outlet.write("another\n");
  expect(written.join("")).toContain("1000 lines were lost: nobody read them");
  expect(written.at(-1)).toBe("another\n");
});

it.runIf(process.platform === "linux")("survives a device that is full", () => {
  const fd = openSync("/dev/full", "w");
  const outlet = new LogOutlet(logTarget({ fd } as unknown as NodeJS.WriteStream), () => TIME);
  expect(() => outlet.write("a line\n")).not.toThrow();
  expect(() => outlet.write("a line\n")).not.toThrow();
  closeSync(fd);
});
