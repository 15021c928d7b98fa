// Dates against the language's own.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDay, formatHttpDate, formatRfc3339, parseDay, parseHttpDate, parseRfc3339, utcMs } from "./dates.ts";

const moment = fc.integer({ min: -60_000_000_000, max: 250_000_000_000 }).map((seconds) => seconds * 1000);

describe("dates", () => {
  test("print and read as Date does", () => {
    fc.assert(
      fc.property(moment, (ms) => {
        const date = new Date(ms);
        expect(formatHttpDate(ms)).toBe(date.toUTCString());
        expect(formatRfc3339(ms)).toBe(`${date.toISOString().slice(0, 19)}Z`);
        expect(formatDay(ms)).toBe(date.toISOString().slice(0, 10));
        expect(parseHttpDate(formatHttpDate(ms))).toBe(ms);
        expect(parseRfc3339(formatRfc3339(ms))).toBe(ms);
        expect(parseDay(formatDay(ms))).toBe(Math.floor(ms / 86_400_000) * 86_400_000);
      }),
      { numRuns: 2000 },
    );
  });

  test("reads the three forms of an HTTP-date", () => {
    const ms = utcMs(1994, 11, 6, 8, 49, 37);
    expect(ms).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
    expect(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT")).toBe(ms);
    expect(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT")).toBe(ms);
    expect(parseHttpDate("Sun Nov  6 08:49:37 1994")).toBe(ms);
  });

  test("reads offsets and fractions of RFC 3339", () => {
    for (const text of ["2026-11-21T10:00:30.250Z", "2026-11-21T12:30:30.250+02:30", "2026-11-21t05:00:30.25-05:00"]) {
      expect(parseRfc3339(text)).toBe(Date.parse("2026-11-21T10:00:30.250Z"));
    }
  });

  test.each([
    "",
    "x",
    "30",
    "Sun, 31 Feb 2026 00:00:00 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 25:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
  ])("refuses %j", (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
    expect(parseRfc3339(text)).toBeUndefined();
    expect(parseDay(text)).toBeUndefined();
  });

  test("refuses days that are none", () => {
    expect(parseDay("2026-02-29")).toBeUndefined();
    expect(parseDay("2028-02-29")).toBe(Date.UTC(2028, 1, 29));
    expect(parseRfc3339("2026-13-01T00:00:00Z")).toBeUndefined();
  });
});
