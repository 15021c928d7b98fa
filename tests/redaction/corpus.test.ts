// How much is found, and how much of what is found is right: on labelled texts, in total and by kind.

import { describe, expect, test } from "vitest";
import { firstCorpus, secondCorpus, thirdCorpus } from "./corpora.ts";
import { precision, recall, total } from "./corpus/corpus.ts";
import { Values } from "./corpus/values.ts";
import { measure } from "./measure.ts";

describe.each([
  ["the first corpus", firstCorpus, 700, 0.95],
  ["the second corpus", secondCorpus, 180, 0.95],
  ["the third corpus, which nothing was tuned to", thirdCorpus, 180, 0.95],
] as const)("%s", (_, corpus, cases, least) => {
  test("recall and precision in total and by kind", async () => {
    const all = corpus();
    expect(all.length).toBeGreaterThanOrEqual(cases);
    const { byKind, wrong } = await measure(all);
    const told = wrong.map(({ one, got }) => `${one.text} | ${got.join(" ")}`).join("\n");
    expect(recall(total(byKind)), told).toBeGreaterThanOrEqual(least);
    expect(precision(total(byKind)), told).toBeGreaterThanOrEqual(least);
    for (const [kind, score] of byKind) {
      expect(recall(score), `${kind}\n${told}`).toBeGreaterThanOrEqual(0.9);
      expect(precision(score), `${kind}\n${told}`).toBeGreaterThanOrEqual(0.9);
    }
  });
});

test("published examples are found by default, and count as wrong here: precision holds all the same", async () => {
  for (const corpus of [firstCorpus(), secondCorpus(), thirdCorpus()]) {
    const { byKind } = await measure(corpus, true);
    expect(recall(total(byKind))).toBeGreaterThanOrEqual(0.95);
    expect(precision(total(byKind))).toBeGreaterThanOrEqual(0.95);
  }
});

test("every case says where its form comes from; texts are in two languages and of six genres", () => {
  const all = [...firstCorpus(), ...secondCorpus(), ...thirdCorpus()];
  for (const one of all) expect(one.source.length, one.text).toBeGreaterThanOrEqual(3);
  expect(new Set(all.map(({ genre }) => genre)).size).toBe(6);
  expect(all.filter(({ lang }) => lang !== "en").length).toBeGreaterThan(200);
  expect(all.filter(({ spans }) => spans.length === 0).length).toBeGreaterThan(400);
});

test("the corpus is the same each time", () => {
  expect(firstCorpus()).toEqual(firstCorpus());
});

test("numbers with a wrong check are not found, whatever they are", async () => {
  const v = new Values("checks");
  const { byKind } = await measure(
    Array.from({ length: 200 }, (_, i) => {
      const { value } = [v.card(), v.iban(), v.cnId(), v.creditCode(), v.twId(), v.hkId()][i % 6] as { value: string };
      const digit = [...value].findLastIndex((char, at) => /\d/.test(char) && at < value.length - 2);
      const text = `no. ${value.slice(0, digit)}${(Number(value[digit]) + 1) % 10}${value.slice(digit + 1)}`;
      return { id: String(i), lang: "en" as const, genre: "data" as const, source: "drawn", text, spans: [] };
    }),
  );
  expect(total(byKind).wrong).toBeLessThanOrEqual(6);
});
