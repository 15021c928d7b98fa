// Tables stand in line whatever script their names are in.

import { expect, it } from "vitest";
import { roomOf } from "../terminal.ts";
import { tableLines } from "./table.ts";

it("counts the columns of a terminal, not characters", () => {
  const lines = tableLines(
    ["NAME", "PROJECT"],
    [
      ["网页 key", "web"],
      ["ada", "mobile"],
    ],
    80,
  );
  expect(lines).toEqual(["NAME      PROJECT", "网页 key  web", "ada       mobile"]);
});

it("cuts what does not fit the terminal, and nothing in a file or a pipe", () => {
  const rows = [["网".repeat(60), "k_quEiBLsETZXt"]];
  const table = (stream: { isTTY?: boolean; columns?: number }) =>
    tableLines(["NAME", "ID"], rows, roomOf(stream))[1] ?? "";
  expect(table({ isTTY: true })).toMatch(/^网{30,33}… {2,3}k_quEiBLsETZXt$/);
  expect(table({ isTTY: true, columns: 50 })).toMatch(/^网{15,18}… {2,3}k_quEiBLsETZXt$/);
  const whole = `${"网".repeat(60)}  k_quEiBLsETZXt`;
  expect(table({ isTTY: true, columns: 200 })).toBe(whole);
  expect(table({ isTTY: false, columns: 80 })).toBe(whole);
  expect(table({})).toBe(whole);
});
