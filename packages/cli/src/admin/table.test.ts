// Tables stand in line whatever script their names are in.

import { expect, it } from "vitest";
import { tableLines } from "./table.ts";

it("counts the columns of a terminal, not characters", () => {
  const lines = tableLines(
    ["NAME", "PROJECT"],
    [
      ["网页 key", "web"],
      ["ada", "mobile"],
    ],
  );
  expect(lines).toEqual(["NAME      PROJECT", "网页 key  web", "ada       mobile"]);
});

it("cuts what does not fit to 80 columns", () => {
  const [, row] = tableLines(["NAME", "ID"], [["网".repeat(60), "k_quEiBLsETZXt"]]);
  expect(row).toMatch(/^网{30,33}… {2,3}k_quEiBLsETZXt$/);
});
