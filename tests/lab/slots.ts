// Places for worlds on this machine: several runs of the lab at once share them, so that none of them measures the others.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

/** Worlds that run at a time on the whole machine. Most of the time a world waits. */
export const SLOTS = 3 * availableParallelism();

const FOLDER = join(tmpdir(), `fairlead-lab-slots-${process.getuid?.() ?? 0}`);
const POLL_MS = 60;

/** Waits for a place; call what it gives back to leave it. A place whose holder died is free. */
export async function takeSlot(): Promise<() => void> {
  mkdirSync(FOLDER, { recursive: true });
  for (;;) {
    for (let slot = 0; slot < SLOTS; slot++) {
      const file = join(FOLDER, String(slot));
      if (take(file)) return () => rmSync(file, { force: true });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS * (0.5 + Math.random())));
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (holderLives(file)) return false;
    rmSync(file, { force: true });
    return false;
  }
}

function holderLives(file: string): boolean {
  try {
    const holder = Number(readFileSync(file, "utf8"));
    // Just made, not yet written.
    if (holder === 0) return true;
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
