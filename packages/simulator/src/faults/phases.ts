// Sets of phases that several kinds of faults have in common.

import type { PhaseRule } from "./kind.ts";

/** Inside an answer that has begun. In JSON: after the head, with so much of the body sent. */
export const INSIDE: readonly PhaseRule[] = [
  { phase: "mid-text", on: "both" },
  { phase: "after-headers", on: "both" },
  { phase: "after-message-start", on: "both" },
  { phase: "mid-thinking", on: "both" },
  { phase: "mid-tool", on: "both" },
  { phase: "after-message-delta", on: "both" },
];

/** The same for streams only. */
export const INSIDE_STREAM: readonly PhaseRule[] = INSIDE.map(({ phase }) => ({ phase, on: "streamed" }));

/** Where the bytes of any answer can begin to be reshaped. */
export const STREAM_SHAPE_PHASES: readonly PhaseRule[] = [
  { phase: "after-headers", on: "both", meaning: "the whole body" },
  ...INSIDE.filter(({ phase }) => phase !== "after-headers").map((rule) => ({
    ...rule,
    meaning: "the rest of the body",
  })),
];

/** In place of an answer: a status and a body, or inside a stream the error event of the same type. */
export const INSTEAD: readonly PhaseRule[] = [
  { phase: "before-headers", on: "both" },
  ...INSIDE.map(({ phase }) => ({
    phase,
    on: "streamed" as const,
    meaning: "an in-stream error event of the same type (the status is sent already)",
  })),
];

/** In place of an answer, and nowhere else. */
export const ONLY_INSTEAD: readonly PhaseRule[] = [{ phase: "before-headers", on: "both" }];
