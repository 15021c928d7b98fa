// Dates of the wire, read and printed by arithmetic alone: HTTP-date and RFC 3339, in milliseconds of Unix time.

const DAY_MS = 86_400_000;
const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Milliseconds of Unix time of a UTC date in the Gregorian calendar; `month` is 1 to 12.
 * The arithmetic is Howard Hinnant's days_from_civil.
 */
export function utcMs(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** A UTC date, taken apart; `weekday` 0 is Thursday, as the day of the epoch was. */
interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
}

function civil(ms: number): Civil {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    weekday: ((days % 7) + 7) % 7,
  };
}

/**
 * Reads an HTTP-date in any of the three forms of RFC 9110 5.6.7; undefined when it is none of them or names no real
 * day. Two-digit years read as 1970 to 2069.
 */
export function parseHttpDate(text: string): number | undefined {
  const found =
    /^\w{3}, (?<d>\d\d) (?<m>\w{3}) (?<y>\d{4}) (?<t>\d\d:\d\d:\d\d) GMT$/.exec(text) ??
    /^\w{6,9}, (?<d>\d\d)-(?<m>\w{3})-(?<y>\d\d) (?<t>\d\d:\d\d:\d\d) GMT$/.exec(text) ??
    /^\w{3} (?<m>\w{3}) (?<d>[ \d]\d) (?<t>\d\d:\d\d:\d\d) (?<y>\d{4})$/.exec(text);
  const groups = found?.groups;
  if (groups === undefined) return undefined;
  const year = Number(groups.y);
  const full = groups.y?.length === 2 ? (year < 70 ? 2000 + year : 1900 + year) : year;
  const [hour, minute, second] = (groups.t ?? "").split(":").map(Number);
  return checkedMs(full, MONTHS.indexOf(groups.m ?? "") + 1, Number(groups.d), hour, minute, second);
}

/** Reads an RFC 3339 date and time with any offset (`2026-11-21T10:00:30Z`); undefined when it is none. */
export function parseRfc3339(text: string): number | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const ms = checkedMs(year ?? 0, month ?? 0, day ?? 0, hour, minute, second);
  if (ms === undefined) return undefined;
  const fraction = Math.floor(Number(found[7] ?? "0") * 1000);
  const offset = (Number(found[9] ?? 0) * 60 + Number(found[10] ?? 0)) * 60_000;
  return ms + fraction - (found[8] === "-" ? -offset : offset);
}

/** Reads `YYYY-MM-DD` as midnight UTC; undefined when it is no such day. */
export function parseDay(text: string): number | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return found === null ? undefined : checkedMs(Number(found[1]), Number(found[2]), Number(found[3]));
}

/** Prints an HTTP-date (IMF-fixdate), as in the `date` header. */
export function formatHttpDate(ms: number): string {
  const c = civil(ms);
  return `${DAYS[c.weekday]}, ${two(c.day)} ${MONTHS[c.month - 1]} ${four(c.year)} ${clock(c)} GMT`;
}

/** Prints RFC 3339 in UTC to the second, as the `anthropic-ratelimit-*-reset` headers do. */
export function formatRfc3339(ms: number): string {
  const c = civil(ms);
  return `${four(c.year)}-${two(c.month)}-${two(c.day)}T${clock(c)}Z`;
}

/** Prints the UTC day, `YYYY-MM-DD`. */
export function formatDay(ms: number): string {
  const c = civil(ms);
  return `${four(c.year)}-${two(c.month)}-${two(c.day)}`;
}

function checkedMs(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number | undefined {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined;
  const ms = utcMs(year, month, day, hour, minute, second);
  const back = civil(utcMs(year, month, day));
  return back.day === day && back.month === month ? ms : undefined;
}

function clock(c: Civil): string {
  return `${two(c.hour)}:${two(c.minute)}:${two(c.second)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function four(value: number): string {
  return String(value).padStart(4, "0");
}
