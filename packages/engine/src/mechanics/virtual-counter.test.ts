// Tests of the price by which tenants are charged; the order of tenants is tested with the fair queue.

import { formatDay, MODELS, priceAt, utcMs } from "@fairlead/protocol";
import { expect, test } from "vitest";
import { costOf, OUTPUT_PRICE } from "./virtual-counter.ts";

test("an output token costs what the price list asks for it, in input tokens", () => {
  const day = formatDay(utcMs(2026, 11, 21));
  const ratios = new Set(MODELS.map((model) => priceAt(model, day, 0)).map((row) => row.output / row.input));
  expect([...ratios]).toEqual([OUTPUT_PRICE]);
  expect(costOf(100, 10)).toBe(100 + 10 * OUTPUT_PRICE);
});
