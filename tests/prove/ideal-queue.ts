// A yardstick: one queue in front of all slots of a platform, that knows every arrival and gives whoever asks little its turn first.

/** One request as the ideal sees it, milliseconds. */
export interface Known {
  readonly arrivedMs: number;
  readonly serviceMs: number;
  /** The lower goes first; among equals the first to come. */
  readonly rank: number;
}

/**
 * How long each request waits for its slot, in the order given (by arrival), when nothing is ever refused, no slot is idle
 * while somebody waits, and nobody who was begun is put back. No scheduler serves the lowest rank sooner with so many slots.
 */
export function idealWaits(requests: readonly Known[], slots: number): number[] {
  const waits = new Array<number>(requests.length).fill(0);
  const ranks = [...new Set(requests.map(({ rank }) => rank))].sort((a, b) => a - b);
  const lines = new Map<number, number[]>(ranks.map((rank) => [rank, []]));
  const ends: number[] = [];
  const begin = (i: number, now: number) => {
    const { arrivedMs, serviceMs } = requests[i] as Known;
    waits[i] = now - arrivedMs;
    const at = now + serviceMs;
    let place = ends.length;
    while (place > 0 && (ends[place - 1] as number) > at) place -= 1;
    ends.splice(place, 0, at);
  };
  const freeUntil = (ms: number) => {
    while (ends.length > 0 && (ends[0] as number) <= ms) {
      const now = ends.shift() as number;
      const next = ranks
        .map((rank) => lines.get(rank) as number[])
        .find((line) => line.length > 0)
        ?.shift();
      if (next !== undefined) begin(next, now);
    }
  };
  for (const [i, { arrivedMs, rank }] of requests.entries()) {
    freeUntil(arrivedMs);
    if (ends.length < slots) begin(i, arrivedMs);
    else lines.get(rank)?.push(i);
  }
  freeUntil(Number.POSITIVE_INFINITY);
  return waits;
}
