// What the options of a period refuse, in words that name the fix.

import { expect, it } from "vitest";
import { periodOf } from "./period.ts";

const NOW = Date.UTC(2026, 10, 22, 9, 57, 30);
const HOUR = 3_600_000;

it.each([
  [{ from: "2027-01-01" }, "--from lies ahead: it is 2026-11-22T09:57Z"],
  [{ from: "2026-11-22", to: "2026-11-21" }, "the period is empty: --from must be before --to"],
  [{ from: "1990-01-01" }, "longer than 3650 days: ask for less with --from, --to or --last"],
  [{ last: "7d", from: "2026-11-21" }, "use one"],
  [{ last: "7" }, "such as 24h, 7d or 4w"],
  [{ from: "2026-02-30" }, "must be a day such as"],
])("%j is refused", (options, words) => {
  expect(() => periodOf(options, NOW, 24 * HOUR)).toThrow(words);
});

it("takes times with an offset, over a change of clocks too", () => {
  // Berlin's night of the change: from midnight to midnight there are 25 hours.
  const { from, to } = periodOf({ from: "2026-10-25T00:00:00+02:00", to: "2026-10-26T00:00:00+01:00" }, NOW, HOUR);
  expect((to - from) / HOUR).toBe(25);
  expect(periodOf({ from: "2026-11-22T08:00:00Z" }, NOW, HOUR)).toEqual({
    from: Date.UTC(2026, 10, 22, 8),
    to: Date.UTC(2026, 10, 22, 10),
  });
});
