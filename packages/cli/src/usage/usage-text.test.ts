// The table of usage: as wide as the terminal, whole in a file or a pipe, and without control characters of others.

import { expect, it } from "vitest";
import { paintFor, roomOf } from "../terminal.ts";
import { type Line, NOTHING } from "./usage-line.ts";
import { tableLines } from "./usage-text.ts";

const paint = paintFor({}, {});
const line = (project: string): Line => ({ ...NOTHING, attempts: 1, project });

it("is cut on a terminal alone", () => {
  const name = "p".repeat(100);
  const table = (stream: { isTTY?: boolean; columns?: number }) =>
    tableLines([line(name)], ["project"], paint, roomOf(stream));
  for (const columns of [60, 80]) {
    expect(Math.max(...table({ isTTY: true, columns }).map(({ length }) => length))).toBe(columns);
  }
  expect(table({ isTTY: true })[1]).toHaveLength(80);
  for (const stream of [{ isTTY: true, columns: 200 }, { isTTY: false, columns: 80 }, {}]) {
    expect(table(stream)[1]).toContain(name);
  }
});

it("shows a control character in a name as a question mark", () => {
  const [, row] = tableLines([line("a\u001b[31m\rb")], ["project"], paint, 80);
  expect(row).toMatch(/^a\?\[31m\?b /);
});
