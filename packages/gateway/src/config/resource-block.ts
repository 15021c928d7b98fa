// Options of `resources`: whose the files and batches at the upstreams are.

import type { BlockSpec } from "@fairlead/engine";

/** Options of `resources`. */
export const RESOURCE_OPTIONS = {
  isolation: {
    kind: "choice",
    words: ["project", "none"],
    default: "project",
    says: "project: files and batches belong to the project that made them, and others are told that there is no such thing; none: all projects share what is at an account.",
  },
  unknown: {
    kind: "choice",
    words: ["auto", "refuse", "allow"],
    default: "auto",
    says: "Files and batches that were not made through this gateway: refuse, they are not found; allow, every project with the scope reaches them; auto allows them while there is one project.",
  },
} as const satisfies BlockSpec;
