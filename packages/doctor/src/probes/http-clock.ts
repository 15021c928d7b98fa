// Compares this machine's clock with the Date headers of what has answered. Sends nothing of its own.

import { parseHttpDate } from "@fairlead/protocol";
import type { Exchanged } from "../facts/http.ts";
import { blocked } from "../graph.ts";
import { exchangesOf, header } from "../http/reading.ts";
import type { Probe } from "../probe.ts";

/** Below this a difference is none: Date counts whole seconds, and the way takes its time. */
const NOTHING_MS = 2_000;
/** AWS refuses signatures from here on; sign-ins and certificates begin to suffer (AWS General Reference, SigV4). */
export const SKEW_LIMIT_MS = 300_000;

/** The probe. */
export const httpClock: Probe<"http.clock"> = {
  id: "http.clock",
  layer: "http",
  title: { en: "Clock", zh: "时钟" },
  after: ["http.hello"],
  skip: (_ctx, facts) => (samplesOf(exchangesOf(facts)).length === 0 ? blocked() : undefined),
  async run(_ctx, facts) {
    const samples = samplesOf(exchangesOf(facts)).sort((a, b) => a - b);
    const skewMs = samples[Math.floor(samples.length / 2)] ?? 0;
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    const off = Math.abs(skewMs) > NOTHING_MS;
    const side = skewMs > 0 ? { en: "ahead", zh: "快" } : { en: "behind", zh: "慢" };
    const note = off
      ? { en: `this machine's clock is ${seconds} s ${side.en}`, zh: `本机时钟${side.zh} ${seconds} 秒` }
      : { en: "this machine's clock is right", zh: "本机时钟准确" };
    return {
      status: Math.abs(skewMs) >= SKEW_LIMIT_MS ? "warn" : "pass",
      note,
      facts: { skewMs, samples: samples.length },
    };
  },
};

/** Local minus server time of each answer: the server wrote its date about half a round trip before we read it. */
export function samplesOf(exchanges: readonly Exchanged[]): number[] {
  return exchanges.flatMap((one) => {
    const date = header(one, "date");
    const server = date === undefined ? undefined : parseHttpDate(date.trim());
    if (server === undefined || one.wallMs === undefined) return [];
    // Date is cut to whole seconds: on average it is half a second old.
    return [Math.round(one.wallMs - one.ms / 2 - (server + 500))];
  });
}
