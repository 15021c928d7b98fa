// Lanes that work a list of faults off, each in a process and a copy of its own; one that hangs is ended and made anew.

import { type ChildProcess, fork } from "node:child_process";
import { makeCopy } from "./copy.ts";
import type { Asked, Told } from "./lane.ts";
import type { Mutant } from "./mutant.ts";

/** What became of one fault. */
export interface Verdict extends Told {
  readonly mutant: Mutant;
  readonly tookMs: number;
}

/** A fault that makes a loop endless keeps its process busy for ever: red after so long, milliseconds. */
const HUNG_MS = 60_000;
/** So much is kept of what a lane says on its standard error, characters. */
const SAID = 4_000;
const HUNG: Told = { how: "red", by: "a loop without end", why: `nothing was told for ${HUNG_MS / 1_000} s` };

/**
 * What must be so before any verdict counts: that tests see the copy's files, those beside them and those of other rooms,
 * and nothing but a fault turns them red.
 */
const PROBES: readonly Mutant[] = [
  { file: "packages/engine/src/mechanics/backoff.ts", find: "export function fullJitter" },
  { file: "packages/runtime/src/index.ts", find: "// Everything" },
].map(({ file, find }) => ({
  policy: "copy",
  file,
  what: "the file cannot be loaded",
  find,
  replace: `throw new Error("planted in ${file}");\n${find}`,
  tests: ["packages/engine/src/mechanics/backoff.test.ts"],
}));

/** Runs every fault, on so many lanes at once, and tells each verdict as it is known. */
export async function runAll(
  mutants: readonly Mutant[],
  lanes: number,
  tell: (verdict: Verdict) => void,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  const work = async () => {
    const lane = new Lane();
    try {
      await proveCopy(lane);
      for (let mutant = mutants[next++]; mutant !== undefined; mutant = mutants[next++]) {
        const startedAt = performance.now();
        const told = await lane.ask({ mutant, tests: mutant.tests });
        const verdict = { ...told, mutant, tookMs: performance.now() - startedAt };
        verdicts.push(verdict);
        tell(verdict);
      }
    } finally {
      lane.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, mutants.length) }, work));
  return mutants.flatMap((mutant) => verdicts.filter((one) => one.mutant === mutant));
}

/** Runs test files without any fault. Returns what is red although nothing was planted. */
export async function runClean(tests: readonly string[]): Promise<readonly Told[]> {
  const lane = new Lane();
  const red: Told[] = [];
  try {
    for (const test of tests) {
      const told = await lane.ask({ mutant: undefined, tests: [test] });
      if (told.how !== "survived") red.push(told);
    }
  } finally {
    lane.close();
  }
  return red;
}

async function proveCopy(lane: Lane): Promise<void> {
  for (const mutant of PROBES) {
    const told = await lane.ask({ mutant, tests: mutant.tests });
    if (told.how !== "unloaded" || told.why !== `planted in ${mutant.file}`) {
      throw new Error(`the copy's ${mutant.file} is not what its tests load: ${JSON.stringify(told)}`);
    }
  }
}

class Lane {
  #copy = makeCopy();
  #child: ChildProcess | undefined;
  #said = "";

  constructor() {
    process.on("exit", this.#removeCopy);
  }

  async ask(asked: Asked): Promise<Told> {
    const child = this.#child ?? (await this.#start());
    const told = await new Promise<Told>((resolve, reject) => {
      const timer = setTimeout(() => done(() => resolve(HUNG)), HUNG_MS);
      const heard = (answer: Told) => done(() => resolve(answer));
      const gone = () =>
        done(() => reject(new Error(`a lane ended while it ran ${asked.mutant?.what ?? asked.tests}: ${this.#said}`)));
      const done = (then: () => void) => {
        clearTimeout(timer);
        child.off("message", heard);
        child.off("exit", gone);
        then();
      };
      child.on("message", heard);
      child.on("exit", gone);
      child.send(asked);
    });
    if (told === HUNG) {
      // The fault is still planted there.
      this.close();
      this.#copy = makeCopy();
      process.on("exit", this.#removeCopy);
    }
    return told;
  }

  /** Ends the process and removes the copy. */
  close(): void {
    const child = this.#child;
    this.#child = undefined;
    // Its workers are of its group.
    if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    this.#copy.remove();
    process.off("exit", this.#removeCopy);
  }

  #start(): Promise<ChildProcess> {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST|NODE_ENV$|NODE_V8)/.test(name)),
    );
    const child = fork(new URL("./lane.ts", import.meta.url), [this.#copy.path], {
      execArgv: ["--conditions=source"],
      env,
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child = child;
    // A fault may end a test's process in many words: they are told only when the lane itself ends.
    this.#said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-SAID);
    });
    return new Promise((resolve, reject) => {
      child.once("message", () => resolve(child));
      child.once("exit", (code) => reject(new Error(`a lane did not start: exit code ${code}: ${this.#said}`)));
    });
  }

  readonly #removeCopy = () => {
    if (this.#child?.pid !== undefined && this.#child.exitCode === null) process.kill(-this.#child.pid, "SIGKILL");
    this.#copy.remove();
  };
}
