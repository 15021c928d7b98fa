// Figures as people read them: times, counts and rates in few characters.

/** A time in at most 7 characters, three digits that mean something: `812 µs`, `4.21 ms`, `412 ms`, `1.24 s`, `61.2 s`, `612 s`. */
export function showTime(ms: number): string {
  if (ms <= 0) return "0 ms";
  if (ms < 0.9995) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 999.5) return `${three(ms)} ms`;
  return `${three(ms / 1_000)} s`;
}

/** A rate or another number with three digits that mean something: `0.412`, `41.2`, `412`, `4,120`. */
export function showNumber(value: number): string {
  if (value === 0) return "0";
  return value >= 999.5 ? showCount(Math.round(value)) : three(value);
}

/** A whole number with commas: `12,345`. */
export function showCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share: `100 %` and `0 %` only when exact, `99.98 %` otherwise. */
export function showShare(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  if (part === whole) return "100 %";
  if (part === 0) return "0 %";
  const percent = (100 * part) / whole;
  if (percent < 0.01) return "< 0.01 %";
  if (percent > 99.99) return "> 99.99 %";
  return `${percent >= 99.5 || percent < 9.95 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

function three(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value >= 0.9995 ? value.toFixed(2) : value.toFixed(3);
}
