// Tests of options: every default stands within its own bounds, every slip is named, every time is read.

import { describe, expect, test } from "vitest";
import { BREAKER_OPTIONS, RECOVER_OPTIONS, RETRY_OPTIONS, TIMEOUT_OPTIONS } from "./index.ts";
import {
  choice,
  duration,
  integer,
  nearest,
  number,
  OptionError,
  onOff,
  readDuration,
  readOptions,
  showDuration,
} from "./options.ts";

const SPEC = {
  attempts: integer(1, 10, 3, "attempts", "how often"),
  share: number(0, 1, 0.5, "of 1", "how much"),
  total: duration(1_000, 60_000, 5_000, "how long"),
  hold: choice(["first", "whole"], "first", "what"),
  on: onOff(true, "whether"),
} as const;

function fault(input: unknown): OptionError {
  try {
    readOptions("retry", SPEC, input);
  } catch (e) {
    if (OptionError.is(e)) return e;
    throw e;
  }
  throw new Error("it was accepted");
}

describe("reading a block", () => {
  test("nothing given gives every default", () => {
    const standard = { attempts: 3, share: 0.5, total: 5_000, hold: "first", on: true };
    for (const nothing of [undefined, null, {}]) expect(readOptions("retry", SPEC, nothing)).toEqual(standard);
  });

  test("what is given stands, text for times included", () => {
    const given = { attempts: 1, share: 0, total: "1m", hold: "whole", on: false };
    expect(readOptions("retry", SPEC, given)).toEqual({ ...given, total: 60_000 });
  });

  test("bounds are inclusive, one step outside is refused", () => {
    expect(readOptions("retry", SPEC, { attempts: 10, total: 1_000 }).attempts).toBe(10);
    for (const wrong of [
      { attempts: 0 },
      { attempts: 11 },
      { attempts: 2.5 },
      { share: 1.01 },
      { share: Number.NaN },
    ]) {
      expect(fault(wrong).path).toBe(`retry.${Object.keys(wrong)[0]}`);
    }
    for (const wrong of [{ total: 999 }, { total: "61s" }, { total: "5 apples" }, { total: "-5s" }, { total: null }]) {
      expect(fault(wrong).path).toBe("retry.total");
    }
    for (const wrong of [{ attempts: "3" }, { hold: "all" }, { on: "yes" }, { on: 1 }]) fault(wrong);
  });

  test("an unknown name is refused, with the nearest right one", () => {
    expect(fault({ attempst: 3 }).message).toContain("did you mean attempts");
    expect(fault({ colour: 3 }).message).not.toContain("did you mean");
    expect(fault({ toString: 3 }).path).toBe("retry.toString");
  });

  test("what is no block is refused", () => {
    for (const wrong of [[], "5s", 5, true]) expect(fault(wrong).path).toBe("retry");
  });

  test("a message shows at most a line of what was written", () => {
    expect(fault({ hold: "x".repeat(500) }).message.length).toBeLessThan(140);
  });
});

describe("times", () => {
  test.each([
    ["500ms", 500],
    ["5s", 5_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    [" 7 s ", 7_000],
  ])("%s is %d ms", (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });

  test.each(["", "5", "s", "5sec", "1e3s", "5s5s", "-1s", "٣s"])("%j is no time", (text) => {
    expect(readDuration(text)).toBeUndefined();
  });

  test("what is shown is read back as the same time", () => {
    for (const ms of [0, 1, 999, 1_000, 1_500, 60_000, 90_000, 3_600_000, 86_400_000, 90_061_000]) {
      expect(readDuration(showDuration(ms))).toBe(ms);
    }
    expect(showDuration(90_000)).toBe("90s");
    expect(showDuration(120_000)).toBe("2m");
  });
});

test("nearest finds a slip and no more", () => {
  expect(nearest("ATTEMPTS", ["attempts", "budget"])).toBe("attempts");
  expect(nearest("wait_befor_move", ["attempts", "wait_before_move"])).toBe("wait_before_move");
  expect(nearest("zebra", ["attempts", "budget"])).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
});

test("every policy's own defaults lie within their own bounds", () => {
  for (const spec of [RETRY_OPTIONS, TIMEOUT_OPTIONS, BREAKER_OPTIONS, RECOVER_OPTIONS]) {
    const standard = readOptions("x", spec, {});
    expect(readOptions("x", spec, standard)).toEqual(standard);
  }
});
