// A planted fault as data: one change to a source file that tests must notice.

/** One planted fault. */
export interface Mutant {
  /** What it is a fault of: a policy's or mechanic's name, as in the table of docs/mutants.md. */
  readonly policy: string;
  /** The file it is planted in, from the root of the checkout. */
  readonly file: string;
  /** What goes wrong with it, in one sentence. */
  readonly what: string;
  /** Source text that occurs exactly once in the file. */
  readonly find: string;
  /** What stands there instead. */
  readonly replace: string;
  /** Test files, from the root of the checkout, of which at least one must fail. */
  readonly tests: readonly string[];
}

/** One planted fault of a list, where the list says the rest: [what, find, replace, and test files if other than the list's]. */
export type Fault = readonly [what: string, find: string, replace: string, tests?: readonly string[]];

/** The faults of one file, caught by its tests unless a fault names others. */
export function faultsOf(policy: string, file: string, tests: readonly string[], faults: readonly Fault[]): Mutant[] {
  return faults.map(([what, find, replace, others]) => ({
    policy,
    file: `packages/engine/src/${file}`,
    what,
    find,
    replace,
    tests: (others ?? tests).map((test) => (test.includes("/src/") ? test : `packages/engine/src/${test}`)),
  }));
}

/** The source with the fault in it; undefined when the text to be changed does not occur exactly once. */
export function planted(source: string, { find, replace }: Mutant): string | undefined {
  const at = source.indexOf(find);
  if (at < 0 || source.indexOf(find, at + 1) >= 0) return undefined;
  return source.slice(0, at) + replace + source.slice(at + find.length);
}
