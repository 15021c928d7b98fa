// No proxy at all: the load goes to the mock upstream, whose own CPU is what is shown.
import type { Candidate } from "./candidate.ts";

/** The base line of latency, and the proof that mock and load are cheap enough. */
export const direct: Candidate = {
  name: "direct",
  transparent: true,
  version: () => "bench/native/mock.c",
  prepare: () => {},
  start: async ({ upstream, upstreamPort }) => ({ port: upstreamPort, member: upstream, key: "sk-bench", headers: {} }),
};
