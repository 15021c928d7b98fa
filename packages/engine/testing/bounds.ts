// Bounds that tests of circuits and concurrency share: the defaults, without probes and ramps unless a test is about them.

export const CONCURRENCY = { ceiling: 1_000, slow: 2.2, overload: 0.1 };

export const CIRCUIT = {
  consecutive: 5,
  volume: 20,
  share: 0.5,
  baseMs: 2_000,
  capMs: 15_000,
  rise: 2,
  probeEvery: 1_000_000,
  rampMs: 0,
};
