// How wide text is on a terminal, and how it is broken into lines: Chinese characters take two columns.

/** Ranges of code points that take two columns (East Asian Wide and Fullwidth; UAX #11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Quotes, dashes and dots that Chinese terminals draw two columns wide: counted so, a line never runs over. */
const AMBIGUOUS = /[‘’“”…—·×]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape codes of colours are what is looked for
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Characters that must not begin a line, and such that must not end one. */
const NO_START = /^[，。、；：！？）】」』》〉”’…,.;:!?)\]}%]/u;
const NO_END = /[（【「『《〈“‘([{]$/u;

/** Columns that a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text.replace(ESCAPES, "")) {
    if (NONE.test(char)) continue;
    width += WIDE.test(char) || AMBIGUOUS.test(char) ? 2 : 1;
  }
  return width;
}

/** Cuts to a number of columns; `…` shows that something is missing. Not for text with colours. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const char of text) {
    const next = widthOf(char);
    if (width + next > columns - 2) break;
    kept += char;
    width += next;
  }
  return `${kept.trimEnd()}…`;
}

/** Fills with blanks up to a number of columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(columns - widthOf(text), 0));
}

/** Breaks a text into lines of at most `columns`. A word that is longer (an address) stays whole. */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, columns));
}

function wrapLine(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of piecesOf(text)) {
    if (line !== "" && widthOf(line) + widthOf(piece.trimEnd()) > columns) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += line === "" ? piece.trimStart() : piece;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** What a line may be broken between: words with the blanks behind them, Chinese characters with their punctuation. */
function piecesOf(text: string): string[] {
  const raw = text.match(/\s+|[^\s]/gu) ?? [];
  const pieces: string[] = [];
  for (const char of raw) {
    const last = pieces.at(-1);
    const breaks = last === undefined || (!/^\s/u.test(char) && mayBreak(last, char));
    if (breaks) pieces.push(char);
    else pieces[pieces.length - 1] = `${last}${char}`;
  }
  return pieces;
}

function mayBreak(before: string, char: string): boolean {
  if (NO_START.test(char) && !/\s$/u.test(before)) return false;
  if (NO_END.test(before)) return false;
  return /\s$/u.test(before) || WIDE.test(char) || WIDE.test(lastOf(before));
}

function lastOf(text: string): string {
  return [...text].at(-1) ?? "";
}
