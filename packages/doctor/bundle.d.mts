// Types of bundle.mjs, for the test that runs it.

/** Writes the package into the folder `out`, replacing what is there. */
export function bundleDoctor(out: string): Promise<{ readonly bytes: number; readonly declarations: number }>;
