// Times of TCP connects to one host, one after another.

import type { RegionSample } from "../facts/long.ts";
import { median } from "../streaming/stream-reading.ts";
import { connectTcp, isBroken } from "../wire/tcp.ts";
import type { Wire } from "../wire/wire.ts";

/** Longest wait for one connect, milliseconds. */
const CONNECT_MS = 2_500;

/** Connects `count` times, one after another; stops when the first two fail alike: a dead host is dead. */
export async function sampleRegion(
  wire: Wire,
  name: string,
  host: string,
  address: string,
  port: number,
  count: number,
): Promise<RegionSample> {
  const times: number[] = [];
  let samples = 0;
  let error: string | undefined;
  while (samples < count && !wire.signal.aborted) {
    const line = await connectTcp(wire, address, port, CONNECT_MS);
    samples += 1;
    if (isBroken(line)) {
      error = line.error;
      if (times.length === 0 && samples === 2) break;
      continue;
    }
    times.push(line.ms);
    line.socket.destroy();
  }
  const round = (ms: number) => Math.round(ms * 10) / 10;
  return {
    name,
    host,
    samples,
    failed: samples - times.length,
    ...(times.length === 0
      ? {}
      : { minMs: round(Math.min(...times)), medianMs: round(median(times)), maxMs: round(Math.max(...times)) }),
    ...(error === undefined ? {} : { error }),
  };
}
