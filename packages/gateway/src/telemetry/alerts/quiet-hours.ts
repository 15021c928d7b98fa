// Hours in which only what matters most is told; the rest is told when they are over, if it still holds.

/** Days of the week as configurations name them. */
export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** A stretch of the day. `from` and `to` are minutes of the day; with `to` at or before `from` it goes over midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
  /** Days on which it begins. */
  readonly days: ReadonlyArray<(typeof DAYS)[number]>;
  /** Name of the time zone, such as Asia/Shanghai. */
  readonly time_zone: string;
}

/** Tells whether a time is quiet. Makes its formatter once: that costs a millisecond. */
export function quietAt(hours: QuietHours): (wall: number) => boolean {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: hours.time_zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (wall) => {
    const parts = Object.fromEntries(format.formatToParts(wall).map(({ type, value }) => [type, value]));
    const minute = Number(parts.hour) * 60 + Number(parts.minute);
    const today = DAYS.findIndex((day) => day === parts.weekday?.toLowerCase());
    const on = (day: number) => hours.days.includes(DAYS[(day + 7) % 7] ?? "sun");
    if (hours.from < hours.to) return minute >= hours.from && minute < hours.to && on(today);
    // Over midnight, or the whole day when both are the same: the part after midnight belongs to the day before.
    return (minute >= hours.from && on(today)) || (minute < hours.to && on(today - 1));
  };
}

/** Minutes of the day of `22:30`; undefined when the text is none. */
export function minuteOf(text: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2]);
}

/** Whether the system knows a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
