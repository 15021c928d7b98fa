// Checks a property of batches of requests without printing megabytes of counterexample: the error names what differed.

import fc from "fast-check";

/**
 * Runs a property; throws its first error with the seed that brings it back. Batches are not shrunk: they would be sent
 * thousands of times, and each request tells by itself what went wrong.
 * @param seed the seed to replay; every run draws a new one by default
 */
export async function holds<T>(
  values: fc.Arbitrary<T>,
  runs: number,
  predicate: (value: T) => Promise<void>,
  seed?: number,
): Promise<void> {
  const result = await fc.check(fc.asyncProperty(values, predicate), {
    numRuns: runs,
    endOnFailure: true,
    ...(seed === undefined ? {} : { seed }),
  });
  if (!result.failed) return;
  const error = result.errorInstance;
  const told = error instanceof Error ? error.message : String(error);
  throw new Error(`after ${result.numRuns} batches, seed ${result.seed}: ${told.slice(0, 4_000)}`);
}
