// The page that tells what was measured of shared limits, with the command and the day.

import type { Measured } from "./real-fleet.ts";
import type { Played } from "./virtual-fleet.ts";

/** One run in virtual time, and one of real processes. */
export interface Seeded {
  readonly seed: string;
  readonly figures: Omit<Played, "went">;
}

export interface Named {
  readonly name: string;
  readonly figures: Measured;
}

/** Where the page goes, from the root of the checkout. */
export const PAGE = "docs/limits-proof.md";

/** Part of a limit that may be let through too many while the store is away. */
export const AWAY_SHARE = 0.05;

/** The page. */
export function limitsPage(
  command: string,
  day: string,
  load: string,
  virtual: readonly Seeded[],
  real: readonly Named[],
): string {
  const worst = (of: (one: Seeded["figures"]) => number) => Math.max(...virtual.map(({ figures }) => of(figures)));
  const rows = real.map(({ name, figures: one }) =>
    line(
      name,
      one.offered,
      one.gone,
      one.over.toFixed(1),
      percent(one.under),
      one.commands.toFixed(4),
      `${one.p50Us.toFixed(0)} / ${one.p99Us.toFixed(0)}`,
      percent(one.waited),
      one.longestMs.toFixed(0),
      one.backMs === undefined ? "" : (one.backMs / 1_000).toFixed(1),
    ),
  );
  return `# Shared limits, measured

Made by \`${command}\` on ${day}; do not edit by hand. What the limits do is told in [limits.md](limits.md).

The world: four instances on one Redis, 1,000 requests a second in all, against a limit of 400 a second of their project and
40 a second of each of 100 keys, which are drawn by Zipf's law with the exponent 1.1. A burst is one second's worth. A round
trip to Redis takes 1 to 20 ms, and the wall clocks of the instances are up to 10 s apart (5 s before and behind).

*Over* is how many requests more went, in the worst span of any length, than burst and rate allow: every request that went is
drawn from one bucket, in order, and this is how far it falls below empty. *Under* is the part of what one bucket in one place
would have let through of the same requests that did not go.

## In virtual time

${virtual.length} seeds of 60 s (${virtual.map(({ seed }) => `\`${seed}\``).join(", ")}), the worst of each figure:

| figure | worst | target |
|---|---|---|
| over | ${worst((one) => one.over).toFixed(1)} | 0 |
| under | ${percent(worst((one) => one.under))} | 2 % |
| calls of Redis for each request | ${worst((one) => one.trades).toFixed(4)} | 0.02 |
| longest wait for a decision, ms | ${worst((one) => one.longestMs).toFixed(1)} | one tick of 40 ms and one round trip |

## Four processes on a real Redis

The load of the machine was ${load} while this was measured; above its number of processors, programs wait for each other, Redis's
replies come late, and an instance that misses two goes on alone for a moment.

\`redis-server\`, a process for each instance, and a relay between them that delays every piece. Calls are those that Redis
counted itself (\`INFO commandstats\`). A decision is timed in the process, from the request to the verdict, as long as no answer
of Redis is needed.

${line("run", "offered", "went", "over", "under", "calls a request", "decision p50 / p99, µs", "waited for Redis", "longest wait, ms", "back after, s")}
|${"---|".repeat(10)}
${rows.join("\n")}

Targets of the first run: over 0, under at most 2 %, at most 0.02 calls a request, decision p99 at most 50 µs. Of the others:
no request is failed by Redis, over at most ${AWAY_SHARE * 100} % of what the limit allows in the run, back within 30 s.
`;
}

function line(...cells: ReadonlyArray<string | number>): string {
  return `| ${cells.join(" | ")} |`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
