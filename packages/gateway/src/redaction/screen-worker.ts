// The thread in which large bodies are screened. It knows nothing but what each message brings.

import { parentPort } from "node:worker_threads";
import { type Screening, type ScreenPolicy, screenBody } from "./screen-body.ts";
import { TextScan } from "./text-scan.ts";

/** A body to screen. */
export interface ScreenJob {
  readonly id: number;
  readonly body: Uint8Array;
  readonly policy: ScreenPolicy;
}

/** What came of it. */
export type ScreenReply = { readonly id: number } & (
  | { readonly screening: Omit<Screening, "body"> & { readonly body: Uint8Array | undefined } }
  | { readonly error: string }
);

/** Scans that are kept, by policy: each costs the compilation of its patterns. */
const KEPT = 100;

/** Answers what the thread that started this one sends. Called once, in a worker. */
export function serveScreens(): void {
  const port = parentPort;
  if (port === null) return;
  const scans = new Map<string, TextScan>();
  const scanOf = (policy: ScreenPolicy): TextScan => {
    let scan = scans.get(policy.id);
    if (scan === undefined) {
      scan = new TextScan(policy.kinds, policy.patterns, policy.examples);
      if (scans.size >= KEPT) scans.clear();
      scans.set(policy.id, scan);
    }
    return scan;
  };
  port.on("message", ({ id, body, policy }: ScreenJob) => {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    screenBody(bytes, policy, scanOf(policy)).then(
      (screening) => {
        // A large body is given over, not copied: the loop that takes it is everybody's.
        const buffer = screening.body?.buffer;
        const whole = buffer instanceof ArrayBuffer && buffer.byteLength === screening.body?.byteLength;
        port.postMessage({ id, screening } satisfies ScreenReply, whole ? [buffer] : []);
      },
      // Only what kind of error it was: its message may hold a piece of the text.
      (e: unknown) => port.postMessage({ id, error: e instanceof Error ? e.name : "error" } satisfies ScreenReply),
    );
  });
}
