// A text as eyes see it: without characters that take no room, which copying out of chats and pages puts between others.

/** Soft hyphen, zero-width space and joiners, direction marks, word joiner, byte order mark. */
const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/;
const UNSEEN_RUNS = new RegExp(`${UNSEEN.source}+`, "g");

/** What there is to see, and where it stands in the text itself. */
export interface VisibleText {
  readonly text: string;
  /** The place in the whole text of a piece `[start, end)` of this one. UTF-16 offsets. */
  whole(start: number, end: number): readonly [start: number, end: number];
}

/** The text without what nobody sees; undefined when all of it can be seen. */
export function visibleText(text: string): VisibleText | undefined {
  if (!UNSEEN.test(text)) return undefined;
  // Runs that are left out, by the place in the visible text after them: how much is missing up to there.
  const places: number[] = [];
  const missing: number[] = [];
  let gone = 0;
  const visible = text.replace(UNSEEN_RUNS, (run, at: number) => {
    places.push(at - gone);
    gone += run.length;
    missing.push(gone);
    return "";
  });
  const shift = (at: number): number => {
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[middle] as number) <= at) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : (missing[low - 1] as number);
  };
  return { text: visible, whole: (start, end) => [start + shift(start), end + shift(end - 1)] };
}
