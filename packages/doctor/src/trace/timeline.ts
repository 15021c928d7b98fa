// The wire events as lines a person can read: time since the start, connection, what happened.

import type { WireEvent } from "../wire/wire.ts";

/** The timeline. Times in milliseconds since the first event. */
export function timelineText(events: readonly WireEvent[]): string {
  const first = events.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const last = new Map<number, number>();
  const lines = [...events]
    .sort((a, b) => a.at - b.at)
    .map(({ at, connection, kind, text, detail }) => {
      const since = (at - first).toFixed(1).padStart(9);
      const before = last.get(connection);
      last.set(connection, at);
      const step = before === undefined ? "" : `+${(at - before).toFixed(1)}`;
      const more = Object.entries(detail ?? {})
        .filter(([name, value]) => value !== undefined && name !== "headers")
        .map(([name, value]) => `${name}=${typeof value === "number" ? Math.round(value * 10) / 10 : String(value)}`)
        .join(" ");
      const head =
        `${since}  ${step.padStart(9)}  #${String(connection).padEnd(3)} ${kind.padEnd(8)} ${text}  ${more}`.trimEnd();
      const headers = detail?.["headers"];
      if (typeof headers !== "string" || headers === "") return head;
      return [head, ...headers.split("\n").map((line) => `${" ".repeat(36)}${line}`)].join("\n");
    });
  return [`${"ms".padStart(9)}  ${"step".padStart(9)}  line what`, ...lines, ""].join("\n");
}
