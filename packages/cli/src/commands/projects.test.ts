// fairlead projects before a real gateway: made and changed with every block that the file knows.

import { afterAll, beforeAll, expect, it } from "vitest";
import { adminGateway } from "../../testing/admin-gateway.ts";
import type { Ended } from "../../testing/program.ts";

const stand = adminGateway();
beforeAll(stand.open);
afterAll(stand.close);

const cli = (...args: readonly string[]): Promise<Ended> => stand.run(args);

it("sets what becomes of duplicates, and samples, as the file does", async () => {
  const made = await cli(
    ...["projects", "create", "shop", "--json"],
    ...["--duplicates", '{"window":"5s","answer":"refuse"}', "--sampling", '{"rate":0.5}'],
  );
  expect([made.code, made.err]).toEqual([0, ""]);
  expect(JSON.parse(made.out)).toMatchObject({
    duplicates: { window: "5s", answer: "refuse" },
    sampling: { rate: 0.5, expire: "7d" },
  });
  const off = await cli("projects", "update", "shop", "--json", "--sampling", "null", "--redaction", '{"mode":"mask"}');
  expect(JSON.parse(off.out)).toMatchObject({
    duplicates: { window: "5s", answer: "refuse" },
    redaction: { mode: "mask" },
    sampling: null,
  });
});

it("says what it cannot read, and what is out of bounds", async () => {
  const wrong = await cli("projects", "update", "shop", "--sampling", "often");
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('--sampling must be a JSON object such as \'{"rate":0.01');
  const long = await cli("projects", "update", "shop", "--duplicates", '{"window":"2m"}');
  expect(long.code).toBe(1);
  expect(long.err).toContain("duplicates.window: must be a time from 0ms to 1m");
});
