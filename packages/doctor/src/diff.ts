// A line-by-line difference of two texts, as people know it from `diff -u`.

/** Unchanged lines shown around a change. */
const AROUND = 3;

/** Lines beginning with a blank, `-` or `+`; stretches without change are left out and shown as `@@`. */
export function diffOf(before: string, after: string): string[] {
  const a = before.split("\n");
  const b = after.split("\n");
  const lines = pairs(a, b);
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - AROUND), i + AROUND + 1).some((line) => !line.startsWith(" ")),
  );
  const shown: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (near[i]) shown.push(line);
    else if (shown.at(-1) !== "@@") shown.push("@@");
  }
  return shown;
}

/** The longest common subsequence decides which lines stayed. */
function pairs(a: readonly string[], b: readonly string[]): string[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  const x = a.slice(head, a.length - tail);
  const y = b.slice(head, b.length - tail);
  const common = Array.from({ length: x.length + 1 }, () => new Array<number>(y.length + 1).fill(0));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = x.length - 1; i >= 0; i -= 1)
    for (let j = y.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row !== undefined) row[j] = x[i] === y[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const middle: string[] = [];
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      middle.push(` ${x[i]}`);
      i += 1;
      j += 1;
    } else if (i < x.length && (j >= y.length || at(i + 1, j) >= at(i, j + 1))) {
      middle.push(`-${x[i]}`);
      i += 1;
    } else {
      middle.push(`+${y[j]}`);
      j += 1;
    }
  }
  const same = (lines: readonly string[]) => lines.map((line) => ` ${line}`);
  return [...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))];
}
