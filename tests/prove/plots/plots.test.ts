// Tests of the plots: what is drawn lies where its numbers say, and docs/policies shows what the code draws now.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Chart, drawn } from "./chart.ts";
import { PLOTS } from "./plots.ts";
import { rate, slower, stair } from "./series.ts";

const POLICIES = new URL("../../../docs/policies/", import.meta.url);
const CHART: Chart = {
  title: "Tokens < limit & more",
  note: "a note",
  x: { label: "time (s)", from: 0, to: 100 },
  y: { label: "count", from: 0, to: 10 },
  lines: [
    {
      name: "one",
      points: [
        [0, 0],
        [50, 5],
        [100, 10],
      ],
    },
  ],
};

describe("a chart", () => {
  test("puts points where the axes say, and keeps what lies outside at its edge", () => {
    const paths = (chart: Chart) =>
      [...drawn(chart).matchAll(/<path d="(M[^"]*)" fill="none"/g)].map(([, path]) => path);
    const [line] = paths(CHART);
    const [, from, to] = /^M([\d.]+) [\d.]+L.*L([\d.]+) [\d.]+$/.exec(line ?? "") ?? [];
    expect([Number(from), Number(to)]).toEqual([92, 836]);
    const [, middle] = /L([\d.]+) /.exec(line ?? "") ?? [];
    expect(Number(middle)).toBe((92 + 836) / 2);
    const beyond = {
      ...CHART,
      lines: [
        {
          name: "one",
          points: [
            [0, 0],
            [50, 5],
            [400, 70],
          ] as const,
        },
      ],
    };
    expect(paths(beyond)).toEqual([line]);
    const stairs = {
      ...CHART,
      lines: [
        {
          name: "one",
          step: true,
          points: [
            [0, 0],
            [50, 5],
          ] as const,
        },
      ],
    };
    expect(paths(stairs)[0]).toMatch(/^M92 [\d.]+H464V[\d.]+$/);
  });

  test("a logarithmic axis has equal room for each power of ten", () => {
    const chart = { ...CHART, x: { label: "s", from: 0.1, to: 100, log: true } };
    const ticks = [...drawn(chart).matchAll(/<path d="M([\d.]+) [\d.]+v5"/g)].map(([, at]) => Number(at));
    expect(ticks).toEqual([92, 340, 588, 836]);
  });

  test("words are escaped, and name every line, band and rule", () => {
    const text = drawn({
      ...CHART,
      bands: [{ from: 1, to: 2, label: "an outage" }],
      rules: [{ at: 3, label: "the limit" }],
    });
    for (const words of ["Tokens &lt; limit &amp; more", "time (s)", "count", "one", "an outage", "the limit"]) {
      expect(text).toContain(`>${words}</text>`);
    }
    expect(text).not.toContain("Tokens < limit");
  });
});

describe("lines from histories", () => {
  test("a rate is the mean of its seconds, those without anything included", () => {
    expect(rate([4, 2, undefined, 6], 4)).toEqual([
      [1, 3],
      [3, 3],
    ]);
  });

  test("shares of what is slower fall from all to the last", () => {
    expect(slower([3, 1, 2, 4])).toEqual([
      [1, 1],
      [2, 0.75],
      [3, 0.5],
      [4, 0.25],
      [4, 0.25],
    ]);
  });

  test("a stair counts up", () => {
    expect(stair([1_000, 3_000], 5_000)).toEqual([
      [0, 0],
      [1, 1],
      [3, 2],
      [5, 2],
    ]);
  });
});

describe("docs/policies", () => {
  test("has each plot, shows it on a page, and has no other", () => {
    const files = readdirSync(new URL("plots/", POLICIES)).sort();
    expect(files).toEqual(PLOTS.map(({ name }) => `${name}.svg`).sort());
    const pages = readdirSync(POLICIES).filter((name) => name.endsWith(".md"));
    const text = pages.map((name) => readFileSync(new URL(name, POLICIES), "utf8")).join("\n");
    for (const file of files) expect(text, file).toContain(`](plots/${file})`);
  });

  // Those that a change of a policy moves are drawn anew by `npm run plots`; these two stand still, byte for byte.
  test.each(["limits", "join"])("%s.svg is what the code draws", async (name) => {
    const plot = PLOTS.find((one) => one.name === name);
    const text = drawn((await plot?.make()) as Chart);
    expect(text).toBe(readFileSync(new URL(`plots/${name}.svg`, POLICIES), "utf8"));
  });
});
