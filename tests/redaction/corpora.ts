// The three corpora, made anew from their seeds.

import { type Case, Corpus } from "./corpus/corpus.ts";
import { holdout } from "./corpus/holdout.ts";
import { negatives } from "./corpus/negatives.ts";
import { positives } from "./corpus/positives.ts";
import { unseen } from "./corpus/unseen.ts";
import { Values } from "./corpus/values.ts";

/** The corpus that the detectors were made with. */
export function firstCorpus(): readonly Case[] {
  const corpus = new Corpus();
  const values = new Values("corpus");
  positives(corpus, values);
  negatives(corpus, values);
  return corpus.cases;
}

/** The corpus that was written when they were done, and has changed them since. */
export function secondCorpus(): readonly Case[] {
  const corpus = new Corpus();
  holdout(corpus, new Values("holdout"));
  return corpus.cases;
}

/** The corpus that has changed nothing. */
export function thirdCorpus(): readonly Case[] {
  const corpus = new Corpus();
  unseen(corpus, new Values("unseen"));
  return corpus.cases;
}
